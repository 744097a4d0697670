"""Static files as they are handed out: without comments, white space and long local names, compressed, and named after
their content, so that a browser keeps them and an upgrade is seen at once.

A room's page brings seventy modules, and more than a third of their compressed bytes were for people who read them.
"""

from typing import Any

import minify
from django.core.files.base import ContentFile, File
from servestatic.storage import CompressedManifestStaticFilesStorage

# Ours. What others have written comes packed by them.
FOLDER = "mindnet/"
TYPES = {".js": "application/javascript", ".css": "text/css"}


class PackedFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Where `collectstatic` puts what it has found."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """A page asks for a hundred addresses, and a process reads the manifest once."""
        address = self.addresses.get(name)
        if address is None or force:
            address = super().url(name, force)
            self.addresses[name] = address
        return address

    def _save(self, name: str, content: "File[bytes]") -> str:
        kind = TYPES.get(name[name.rfind(".") :])
        if kind and name.startswith(FOLDER):
            content.seek(0)  # it was read to the end for the name
            content = ContentFile(minify.string(kind, content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved
