"""How the OpenAPI document is made: out of what each action says beside itself (`extend_schema`), the serializers that
read its input, and the structs that its answers are made of, so that the document cannot say something else.

An action's docstring is the operation's description. What every operation has in common, its refusals above all, is
added here.
"""

import functools
import inspect
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentIdentity, ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.permissions import AllowAny

from mindnet.base.errors import STATUS
from mindnet.realtime.shapes import DeviceListOut, Moment
from mindnet.rest.fields import Ruled
from mindnet.rest.input import StrictSerializer

ERROR_TEXTS = {
    400: "`validation_error` or `invalid_json`",
    401: "`not_authenticated`",
    403: "`permission_denied`, `csrf_failed` or `banned`",
    404: "`not_found`: missing, or not for the caller's eyes",
    409: "`conflict`",
    413: "`payload_too_large`",
    415: "`unsupported_media_type`",
    429: "`rate_limited`, with `Retry-After`",
    503: "`unavailable`: the outcome may be unknown; or `overloaded`: nothing was done",
}
CODES = ", ".join(f"`{code}`" for code in STATUS)


class Error(Struct):
    """A refusal: `code` is for programs, `detail` for people. `errors` says what is wrong with which field."""

    code: Annotated[str, Meta(extra_json_schema={"enum": list(STATUS)}, examples=["not_found"])]
    detail: Annotated[str, Meta(examples=["Not found."])]
    errors: dict[str, list[str]] | UnsetType = UNSET
    retry_after: Annotated[float, Meta(description="In seconds.")] | UnsetType = UNSET
    reason: Annotated[str, Meta(description="Of a restriction.")] | UnsetType = UNSET
    until: Moment | None | UnsetType = UNSET
    held: Annotated[bool, Meta(description="Whether the message waits for a moderator.")] | UnsetType = UNSET
    lists: Annotated[list[DeviceListOut], Meta(description="Of devices, as they are now.")] | UnsetType = UNSET


# What actions describe themselves with

DONE = OpenApiResponse(None, "Done.")


def refused(*statuses):
    """The refusals of one operation, for `responses`; those that any operation has are added by themselves."""
    return {status: OpenApiResponse(Error, ERROR_TEXTS[status]) for status in statuses}


def in_query(name, rule, **options):
    """A query parameter that no serializer reads."""
    return OpenApiParameter(name, rule.kind(), OpenApiParameter.QUERY, **{"description": rule.says} | options)


# Structs


def components(types: Iterable[type]) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """The JSON Schemas of these types, and of all structs and enumerations within them, named without their "Out"."""
    schemas, named = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    enums = {}
    named = {public_name(name): renamed(schema, enums) for name, schema in named.items()}
    return [renamed(schema, enums) for schema in schemas], named | enums


def public_name(name):
    return name.removesuffix("Out")


def renamed(schema, enums):
    """A schema with its references, and its title, under the public names; what lists words goes to `enums`."""
    if isinstance(schema, list):
        return [renamed(item, enums) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "enum" in schema and "title" in schema:
        return named_enum(schema, enums)
    result = {}
    for key, value in schema.items():
        if key in ("$ref", "title") and isinstance(value, str):
            value = public_name(value)
        result[key] = renamed(value, enums)
    return result


def named_enum(schema, enums):
    """A reference, so that generators make one class of it, wherever it stands."""
    name = schema["title"]
    enums[name] = {"type": "string"} | {key: value for key, value in schema.items() if key != "default"}
    default = {"default": schema["default"]} if "default" in schema else {}
    return {"$ref": f"#/components/schemas/{name}"} | default


@functools.cache
def schemas_of(struct):
    """{name: schema} of a struct and of all within it."""
    return components([struct])[1]


class Structs(OpenApiSerializerExtension):
    """Lets `extend_schema(responses=RoomOut)` mean the component Room, with all that it holds."""

    target_class = Struct
    match_subclasses = True

    def get_name(self, auto_schema, direction):
        return public_name(self.target.__name__)

    def get_identity(self, auto_schema, direction):
        # Two structs of one name are told, unless they say the same.
        return ComponentIdentity(schemas_of(self.target)[self.get_name(auto_schema, direction)])

    def map_serializer(self, auto_schema, direction):
        for name, schema in schemas_of(self.target).items():
            component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, ComponentIdentity(schema))
            auto_schema.registry.register_on_missing(component)
        return schemas_of(self.target)[self.get_name(auto_schema, direction)]


class RuledFields(OpenApiSerializerFieldExtension):
    target_class = Ruled
    match_subclasses = True

    def map_serializer_field(self, auto_schema, direction):
        return self.target.rule.json_schema()


# Signing in


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


# Operations


class Schema(AutoSchema):
    def get_description(self):
        # The action's alone: what a view says of itself is for who reads the code.
        return inspect.getdoc(getattr(self.view, self.view.action))

    def get_tags(self):
        return [self.path.split("/")[1]]

    def get_auth(self):
        auth = super().get_auth()
        # An empty requirement: signing in is possible and not needed.
        return [{}] if any(isinstance(one, AllowAny) for one in self.view.get_permissions()) else auth

    def map_renderers(self, attribute):
        # The browsable API shows the same answers to people.
        return ["application/json"] if attribute == "media_type" else super().map_renderers(attribute)

    def _is_list_view(self, serializer=None):
        # Answers say themselves where they are lists.
        return False

    def _resolve_path_parameters(self, variables):
        parameters = super()._resolve_path_parameters(variables)
        return [parameter | {"description": self.view.in_path[parameter["name"]]} for parameter in parameters]

    def _get_parameters(self):
        parameters = super()._get_parameters()
        for parameter in parameters:
            if "enum" in parameter["schema"]:
                # A query parameter that must not be blank is given this, but no choice is.
                parameter["schema"].pop("minLength", None)
        return parameters

    def _insert_field_validators(self, field, schema):
        # A rule has said all.
        if not isinstance(field, Ruled):
            super()._insert_field_validators(field, schema)

    def _map_basic_serializer(self, serializer, direction):
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, StrictSerializer) and schema.get("properties"):
            schema["additionalProperties"] = False
            for field in schema["properties"].values():
                # Generators of types take a field that has a default for one that is always there.
                field.pop("default", None)
        if not type(serializer).__doc__:
            # What a base class says of itself says nothing of this one.
            schema.pop("description", None)
        return schema


def complete(result, generator, request, public):
    """drf-spectacular's hook: adds what all operations have in common."""
    schemas = result["components"]["schemas"]
    schemas |= schemas_of(Error)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    for path, operations in result["paths"].items():
        for operation in operations.values():
            add_errors(operation, path)
            if operation["security"] == [{}]:
                # Generators take the empty requirement, which says the same, for a need to sign in.
                operation["security"] = []
    return result


def add_errors(operation, path):
    responses = operation["responses"]
    for response in responses.values():
        response["description"] = response["description"] or "Done."
    for status in sorted(usual_statuses(operation, path)):
        responses.setdefault(str(status), error_response(ERROR_TEXTS[status]))
    responses["default"] = error_response(f"Any other refusal. `code` is one of {CODES}.")


def usual_statuses(operation, path):
    statuses = {429, 503}
    if "requestBody" in operation:
        statuses |= {400, 413, 415}
    if operation.get("parameters"):
        statuses.add(400)
    if operation.get("security") != [{}]:
        statuses |= {401, 403}
    if "{" in path:
        statuses.add(404)
    return statuses


def error_response(description):
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
