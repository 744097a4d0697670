"""What is taken as input: JSON of a bounded size, fields that are known, values of the right type."""

import json
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.http import QueryDict
from rest_framework import serializers

from mindnet.rest import input
from mindnet.tests.rest.operations import WITH_JSON

pytestmark = pytest.mark.django_db

Psychic = get_user_model()


def test_a_body_that_is_not_json(client):
    for body in (
        b"{",
        b"",
        b"{} x",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe{}",
        b'{"a": "\xed\xa0\x80"}',
        b'{"bio": ' + b"[" * 100_000,
        b"9" * 9000,
        b"'{}'",
        b"\x00",
    ):
        if not body:
            continue
        answer = client.generic("PATCH", "/psychics/me", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json"), body[:20]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_a_body_that_is_no_object(client, body):
    answer = client.generic("PATCH", "/psychics/me", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "x",
    ],
)
def test_a_body_of_another_kind_is_415(client, kind):
    answer = client.generic("PATCH", "/psychics/me", b"bio=x", content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_just_small_enough_and_one_byte_more(client):
    def send(size):
        frame = len(json.dumps({"bio": ""}))
        return client.patch("/psychics/me", {"bio": "a" * (size - frame)})

    # Of the right size it is read, and refused for its length; above it is not read at all.
    assert send(input.JSON_LIMIT_BYTES - 10).status_code == 400
    answer = client.generic(
        "PATCH", "/psychics/me", b" " * (input.JSON_LIMIT_BYTES + 1), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("method, path, operation", WITH_JSON)
def test_unknown_fields_are_refused_everywhere(client, method, path, operation, ada):
    Psychic.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    answer = client.generic(method.upper(), path, b'{"surprise": 1}', content_type="application/json")
    # Where something is looked up first, it is missing; nowhere is the field taken.
    assert (answer.status_code, answer.json()["code"]) in [(400, "validation_error"), (404, "not_found")]
    if answer.status_code == 400:
        assert answer.json()["errors"]["surprise"] == ["Unknown field."]


class Shape(input.StrictSerializer):
    count = serializers.IntegerField(required=False)
    flag = serializers.BooleanField(required=False)
    text = serializers.CharField(required=False)
    made = serializers.IntegerField(read_only=True)


@pytest.mark.parametrize(
    "data",
    [
        {"count": "1"},
        {"count": True},
        {"count": 1.0},
        {"flag": 1},
        {"flag": "true"},
        {"text": 1},
        {"text": True},
        {"made": 1},
        {"": 1},
    ],
)
def test_values_of_another_type_are_refused(data):
    serializer = Shape(data=data)
    assert not serializer.is_valid()
    assert list(serializer.errors) == list(data)


def test_values_of_the_right_type_are_taken():
    serializer = Shape(data={"count": 1, "flag": False, "text": "1"})
    assert serializer.is_valid(), serializer.errors


class Optional(serializers.Serializer):
    kind = serializers.ChoiceField(["open"], required=False)


class Whole(Optional):
    name = serializers.CharField(default="ada")


def test_a_query_without_a_filter_needs_no_serializer_where_all_may_be_left_out():
    def read(query, serializer):
        return input.read_query(SimpleNamespace(query_params=QueryDict(query)), serializer)

    assert input.filters_of(Optional) == {"kind"} and input.filters_of(Whole) is None
    assert (read("", Optional), read("limit=2", Optional), read("kind=open", Optional)) == ({}, {}, {"kind": "open"})
    assert read("limit=2", Whole) == {"name": "ada"}
    for query in ("kind=shut", "kind=shut&limit=2"):
        with pytest.raises(serializers.ValidationError):
            read(query, Optional)
