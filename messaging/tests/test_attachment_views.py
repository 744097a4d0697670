"""Files over REST: Ada owns the room, Bob takes part, Mallory must see nothing."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from messaging.models import Attachment
from messaging.tests.conftest import refused, say
from messaging.tests.files import attach
from messaging.tests.test_attachments import folder as folder  # a folder of this test's own
from presence.models import Psychic
from presence.tests import images
from rooms import restrictions

pytestmark = pytest.mark.django_db

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'


def client_of(name):
    client = Client()
    client.force_login(Psychic.objects.get(username=name))
    return client


def put(room, content=b"words", name="notes.txt", by="bob", **fields):
    body = {"file": SimpleUploadedFile(name, content, "text/html"), **fields}
    return client_of(by).post(f"/rooms/{room.pk}/attachments", body)


def get(url, by="bob", **headers):
    return client_of(by).get(url, headers=headers)


def status_of(url, by="bob"):
    answer = get(url, by)
    answer.getvalue()  # or its file stays open
    return answer.status_code


def test_an_upload_and_its_retry(room):
    nonce = str(uuid.uuid4())
    first, again = (put(room, nonce=nonce) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200) and first.content == again.content
    row = Attachment.objects.get()
    assert first.json() == {
        "id": str(row.pk), "name": "notes.txt", "media_type": "text/plain", "size": 5, "width": None, "height": None,
        "seconds": None, "url": f"/attachments/{row.pk}", "thumbnail_url": None,
    }  # fmt: skip
    refused(put(room, b"other", nonce=nonce), 409, "nonce_reused")


def test_what_is_no_upload(room, settings):
    path = f"/rooms/{room.pk}/attachments"
    bob = client_of("bob")
    refused(bob.post(path, {}), 400, "validation_error")
    refused(bob.post(path, {"file": "words"}), 400, "validation_error")
    refused(bob.post(path, {"file": 7}, content_type="application/json"), 415, "unsupported_media_type")
    refused(bob.generic("POST", path, b"x", content_type="multipart/form-data"), 400, "invalid_json")
    refused(put(room, b""), 400, "validation_error")
    refused(put(room, key="mine"), 400, "validation_error")
    refused(put(room, nonce="seven"), 400, "validation_error")
    refused(put(room, by="mallory"), 404, "not_found")
    settings.LIMITS = settings.LIMITS | {"UPLOAD_BYTES": 100}
    refused(put(room, b"x" * 101), 413, "payload_too_large")
    assert put(room, b"x" * 100).status_code == 201


def test_a_picture_is_shown_and_anything_else_is_saved(room):
    shown = put(room, images.photograph(), "me.jpg").json()
    assert (shown["media_type"], shown["width"], shown["height"]) == ("image/webp", 200, 200)
    for url in (shown["url"], shown["thumbnail_url"]):
        answer = get(url, Accept="image/*")
        assert answer["Content-Disposition"].startswith("inline;")
        content = answer.getvalue()
        assert len(content) == int(answer["Content-Length"]) and images.opened(content).format == "WEBP"
    saved = put(room, images.SVG, "me.png").json()
    answer = get(saved["url"])
    assert answer.getvalue() == images.SVG
    assert answer["Content-Disposition"].startswith("attachment;") and answer["Content-Type"] != "image/svg+xml"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert get(f"{saved['url']}/thumbnail").content == NOT_FOUND


def test_parts_and_what_the_browser_has_already(room):
    url = put(room).json()["url"]
    part = get(url, Range="bytes=1-2")
    assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, b"or", "bytes 1-2/5")
    assert get(url, **{"If-None-Match": part["ETag"]}).status_code == 304
    assert client_of("bob").head(url)["Content-Length"] == "5"
    refused(get(url, Range="bytes=5-"), 416, "range_not_satisfiable")


def test_to_mallory_there_is_no_file_and_no_list(room, api):
    one = put(room).json()
    before = [status_of(one["url"], name) for name in ("bob", "ada", "mallory")]
    assert before == [200, 404, 404], "nobody else's until a message has it"
    say(api, room, "look", "bob", attachments=[one["id"]])
    assert get(one["url"], by="ada").getvalue() == b"words"
    for url in (one["url"], f"{one['url']}/thumbnail", f"/attachments/{uuid.uuid4()}", "/attachments/1"):
        assert get(url, by="mallory").content == NOT_FOUND
        assert client_of("mallory").delete(url.removesuffix("/thumbnail")).content == NOT_FOUND
    refused(get(f"/rooms/{room.pk}/attachments", by="mallory"), 404, "not_found")
    assert Client().get(one["url"]).status_code == 401
    restrictions.restrict(
        psychic=Psychic.objects.get(username="ada"), room_id=room.pk, username="bob", kind="kick", reason="Out."
    )
    assert get(one["url"]).content == NOT_FOUND, "nor what was one's own"


def test_an_own_file_is_taken_back_until_it_is_said(room, api):
    one, two = put(room).json(), put(room).json()
    say(api, room, "look", "bob", attachments=[two["id"]])
    refused(client_of("bob").delete(two["url"]), 409, "conflict")
    refused(client_of("ada").delete(one["url"]), 404, "not_found")
    assert client_of("bob").delete(one["url"]).status_code == 204
    assert get(one["url"]).content == NOT_FOUND


def test_a_rooms_files_page_by_page(room, api, people):
    ada = people[0]
    sizes = (2, 1, 3)
    for number, size in enumerate(sizes):
        kind = "image" if number == 1 else "file"
        files = [attach(ada, room, f"{number}{place}", kind=kind) for place in range(size)]
        say(api, room, f"message {number}", attachments=[str(one.pk) for one in files])
    attach(ada, room, "not said")
    names = ["20", "21", "22", "10", "00", "01"]
    seen, url = [], f"/rooms/{room.pk}/attachments?limit=2"
    while url:
        page = get(url).json()
        seen += [(one["name"], one["message"]["content"]) for one in page["results"]]
        last, url = page, page["next"]
    assert [name for name, _ in seen] == names
    assert seen[3][1] == "message 1" and last["results"][-1]["message"]["attachments"][1]["name"] == "01"
    back = get(get(last["previous"]).json()["previous"]).json()
    assert [one["name"] for one in back["results"]] == names[:2] and back["previous"] is None
    [image] = get(f"/rooms/{room.pk}/attachments?kind=image").json()["results"]
    assert image["name"] == "10"
    refused(get(f"/rooms/{room.pk}/attachments?kind=hologram"), 400, "validation_error")


@pytest.fixture
def slow_rates(limits_on, settings):
    rates = {name: settings.LIMITS[name]._replace(burst=2, per_second=0.1) for name in ("UPLOAD_RATE", "FILE_RATE")}
    settings.LIMITS = settings.LIMITS | rates


def test_only_so_many_uploads_and_downloads(room, slow_rates):
    answers = [put(room) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    url = answers[0].json()["url"]
    assert [status_of(url) for _ in range(3)] == [200, 200, 429]
