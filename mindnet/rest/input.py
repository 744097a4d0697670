"""What comes in: strict JSON, and serializers that know a number from a text."""

import functools
from collections.abc import Mapping

import msgspec
from django.conf import settings
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.parsers import BaseParser

from mindnet.base.errors import DomainError

# The largest body of a JSON request: a sealed message of 32 KiB with every character escaped fits.
JSON_LIMIT_BYTES = 256 * 1024


class JSONParser(BaseParser):
    """Strict JSON: one object in UTF-8 of bounded size, no NaN, no lone surrogates, no trailing text."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(JSON_LIMIT_BYTES + 1)
        if len(body) > JSON_LIMIT_BYTES:
            raise DomainError("payload_too_large", f"A request takes at most {JSON_LIMIT_BYTES // 1024} KiB of JSON.")
        try:
            data = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
            raise DomainError("invalid_json", f"The body is not JSON: {error}") from None
        if not isinstance(data, dict):
            raise DomainError("validation_error", "The body must be a JSON object.")
        return data


# JSON knows these apart, and so does the socket: "12" is no number here, and 1 is not true.
SCALARS = [
    (serializers.BooleanField, lambda value: isinstance(value, bool), "This must be true or false."),
    (serializers.IntegerField, lambda value: type(value) is int, "This must be a whole number."),
    (serializers.CharField, lambda value: isinstance(value, str), "This must be a text."),
]


class StrictSerializer(serializers.Serializer):
    """Input that refuses unknown fields by name, and values of another JSON type than the field's."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            errors = self.unknown_fields(data)
            if not isinstance(data, QueryDict):
                errors |= self.wrong_types(data)
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def unknown_fields(self, data):
        known = {name for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, QueryDict):
            known.add(settings.REST_FRAMEWORK.get("URL_FORMAT_OVERRIDE", "format"))
        return {str(name): ["Unknown field."] for name in data if name not in known}

    def wrong_types(self, data):
        errors = {}
        for name, field in self.fields.items():
            value = data.get(name)
            for kind, fits, sentence in SCALARS:
                if value is not None and isinstance(field, kind) and not fits(value):
                    errors[name] = [sentence]
                    break
        return errors


def read(request, serializer_class, partial=False):
    """The validated body of a request as a dict. With `partial`, only the fields that were sent."""
    serializer = serializer_class(data=request.data, partial=partial, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def read_query(request, serializer_class):
    """The validated query parameters of a request as a dict."""
    names = filters_of(serializer_class)
    if names is not None and names.isdisjoint(request.query_params):
        return {}
    serializer = serializer_class(data=request.query_params, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


@functools.cache
def filters_of(serializer_class):
    """The names of its fields where all may be left out and then say nothing, else None. A request without any of them
    needs no serializer, which costs as much as reading what it filters."""
    fields = serializer_class().fields
    for field in fields.values():
        if field.required or field.default is not empty or field.default_empty_html is not empty:
            return None
    return frozenset(fields)


class Nothing(StrictSerializer):
    """For requests without input: unknown fields are refused here too."""
