"""How the OpenAPI document is made: the views give paths and path parameters, `mindnet/rest/schema_table.py` the rest.

Answers are described by the very structs they are made of, so that the document cannot say something else.
"""

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from mindnet.base.errors import STATUS

ERROR_TEXTS = {
    400: "`validation_error` or `invalid_json`",
    401: "`not_authenticated`",
    403: "`permission_denied` or `csrf_failed`",
    404: "`not_found`: missing, or not for the caller's eyes",
    409: "`conflict`",
    413: "`payload_too_large`",
    415: "`unsupported_media_type`",
    429: "`rate_limited`, with `Retry-After`",
    503: "`unavailable`: the outcome may be unknown",
}


def components(types):
    """The JSON Schemas of these types and of all structs within them, named without their "Out"."""
    schemas, named = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return [renamed(schema) for schema in schemas], {
        public_name(name): renamed(schema) for name, schema in named.items()
    }


def public_name(name):
    return name.removesuffix("Out")


def renamed(schema):
    """A schema with its references, and its title, under the public names."""
    if isinstance(schema, list):
        return [renamed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in ("$ref", "title") and isinstance(value, str):
            value = public_name(value)
        result[key] = renamed(value)
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "mindnet.rest.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Token …`, with a token from `POST /auth/token`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "mindnet.rest.access.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The login session of a browser. Unsafe methods also need the header `X-CSRFToken`.",
        }


class Schema(AutoSchema):
    """Describes one operation by its row of the table; what a view says of itself by `extend_schema` comes first."""

    @property
    def row(self):
        from mindnet.rest.schema_table import row_of

        return row_of(self.method, self.path)

    def get_summary(self):
        return self.row.summary if self.row else super().get_summary()

    def get_description(self):
        return (self.row and self.row.description) or super().get_description()

    def get_tags(self):
        return [self.path.split("/")[1]]

    def get_operation_id(self):
        words = [word.strip("{}") for word in self.path.split("/") if word]
        return "_".join([self.method.lower(), *words])

    def get_auth(self):
        # An empty requirement: signing in is possible and not needed.
        return [{}] if self.row and self.row.public else super().get_auth()

    def get_override_parameters(self):
        return self.row.parameters if self.row else super().get_override_parameters()

    def get_request_serializer(self):
        return self.row.request if self.row else super().get_request_serializer()

    def get_response_serializers(self):
        return self.row.responses if self.row else super().get_response_serializers()

    def map_renderers(self, attribute):
        # The browsable API shows the same answers to people.
        return ["application/json"] if attribute == "media_type" else super().map_renderers(attribute)

    def _is_list_view(self, serializer=None):
        # Answers say themselves where they are lists.
        return False


def complete(result, generator, request, public):
    """drf-spectacular's hook: adds the schemas that the table refers to, and every operation's errors."""
    from mindnet.rest.schema_table import COMPONENTS, row_of

    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(COMPONENTS)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            add_errors(operation, path, row_of(method.upper(), path))
    return result


def add_errors(operation, path, row):
    statuses = {429, 503, *(row.errors if row else ())}
    if "requestBody" in operation:
        statuses |= {400, 413, 415}
    if operation.get("parameters"):
        statuses.add(400)
    if operation.get("security") != [{}]:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    for status in sorted(statuses):
        operation["responses"].setdefault(str(status), error_response(ERROR_TEXTS[status]))
    codes = ", ".join(f"`{code}`" for code in STATUS)
    operation["responses"]["default"] = error_response(f"Any other refusal. `code` is one of {codes}.")


def error_response(description):
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
