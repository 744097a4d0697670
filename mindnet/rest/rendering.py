"""How answers leave: JSON as on the socket, or pages for people with a browser."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer
from rest_framework.renderers import BrowsableAPIRenderer as DRFBrowsableAPIRenderer

from mindnet.base.errors import DomainError


def encode_others(value):
    """What msgspec does not know by itself: lazy and marked texts of Django and DRF."""
    if isinstance(value, (str, Promise)):
        return str.__str__(value) if isinstance(value, str) else str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError


encoder = msgspec.json.Encoder(enc_hook=encode_others)


class JSONRenderer(BaseRenderer):
    """Structs and builtins as JSON, encoded as on the socket, so that a message has the same bytes on both doors."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else encoder.encode(data)


class BrowsableAPIRenderer(DRFBrowsableAPIRenderer):
    """The API as pages, for people with a browser. Forms are left out: the raw JSON form says the same."""

    def get_default_renderer(self, view):
        return JSONRenderer()

    def get_content(self, renderer, data, accepted_media_type, renderer_context):
        return msgspec.json.format(renderer.render(data), indent=2).decode() if data is not None else ""

    def show_form_for_method(self, view, method, request, obj):
        # Also called while an error is shown; whoever may not do it gets no form for it.
        try:
            return super().show_form_for_method(view, method, request, None)
        except DomainError:
            return False

    def render_form_for_serializer(self, serializer):
        return ""


def as_json(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(encoder.encode(body), content_type="application/json", status=status)
