"""Parts of files, as RFC 9110 has them."""

import pytest
from django.test import RequestFactory

from mindnet.base.errors import DomainError
from mindnet.rest.files import File, Part, asked_part, file_response

TAG = '"abc"'
LETTERS = b"0123456789"


@pytest.mark.parametrize(
    "headers, part",
    [
        ({}, None),
        ({"Range": "bytes=0-3"}, Part(0, 4)),
        ({"Range": "bytes=4-"}, Part(4, 10)),
        ({"Range": "bytes=8-99"}, Part(8, 10)),
        ({"Range": "bytes=-3"}, Part(7, 10)),
        ({"Range": "bytes=-99"}, Part(0, 10)),
        ({"Range": "bytes=0-3", "If-Range": TAG}, Part(0, 4)),
        ({"Range": "bytes=0-3", "If-Range": '"other"'}, None),
        ({"Range": "bytes=0-3", "If-Range": "Sat, 01 Jan 2050 00:00:00 GMT"}, None),
        ({"Range": "bytes=3-1"}, None),
        ({"Range": "bytes=-"}, None),
        ({"Range": "bytes=0-1,4-5"}, None),
        ({"Range": "lines=0-1"}, None),
        ({"Range": "bytes=" + "9" * 5000 + "-"}, None),
        ({"Range": "bytes=٣-٤"}, None),
    ],
)
def test_what_a_header_asks_for(headers, part):
    assert asked_part(RequestFactory().get("/", headers=headers), TAG, 10) == part


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_what_lies_behind_the_end(asked):
    with pytest.raises(DomainError) as caught:
        asked_part(RequestFactory().get("/", headers={"Range": asked}), TAG, 10)
    assert caught.value.status == 416


def answer(method="get", path=None, **headers):
    def read(start, stop):
        asked.append((start, stop))
        return iter([LETTERS[start:stop]])

    asked = []
    file = File("abc", 'a "quoted" näme.txt', "text/plain", 10, False, read, path)
    response = file_response(getattr(RequestFactory(), method)("/", headers=headers), file)
    return response, asked


def test_a_file_is_saved_under_its_own_name_and_nothing_in_it_is_carried_out():
    response, _ = answer()
    assert (response.status_code, response.getvalue()) == (200, LETTERS)
    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "Content-Length": "10",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "attachment; filename*=utf-8''a%20%22quoted%22%20n%C3%A4me.txt",
        "ETag": TAG,
    }


def test_a_part_says_which_it_is():
    response, asked = answer(Range="bytes=2-4")
    assert (response.status_code, response.getvalue(), asked) == (206, b"234", [(2, 5)])
    assert (response["Content-Range"], response["Content-Length"]) == ("bytes 2-4/10", "3")
    response, _ = answer(Range="bytes=10-")
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")


def test_nothing_is_read_for_who_has_it_or_asks_about_it():
    response, asked = answer(**{"If-None-Match": TAG, "Range": "bytes=2-4"})
    assert (response.status_code, response["ETag"], asked) == (304, TAG, [])
    response, asked = answer("head", Range="bytes=2-4")
    assert (response.status_code, response["Content-Length"], response.content, asked) == (206, "3", b"", [])


def test_a_proxy_is_told_where_the_file_lies(settings):
    settings.UPLOADS_ACCEL = "/protected/"
    response, asked = answer(path="attachments/ab/c d", Range="bytes=2-4")
    assert response["X-Accel-Redirect"] == "/protected/attachments/ab/c%20d"
    assert (response.content, response["Content-Type"], asked) == (b"", "text/plain", [])
    assert answer()[0].getvalue() == LETTERS, "what lies in a bucket we hand out ourselves"
