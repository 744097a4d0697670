"""Every operation of the published document, for what holds for all of them."""

import pytest

from mindnet.rest.documents import openapi_document


def operations():
    """Every operation of the published document with a path to try."""
    for template, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            parts = [part if part[:1] != "{" else "1" for part in template.split("/")]
            yield pytest.param(method, "/".join(parts), operation, id=f"{method} {template}")


OPERATIONS = list(operations())
UNSAFE = [row for row in OPERATIONS if row.values[0] != "get"]
WITH_JSON = [row for row in UNSAFE if "application/json" in row.values[2].get("requestBody", {}).get("content", {})]
