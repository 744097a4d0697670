"""An HTTP client that takes answers apart."""

import pytest

from benchmarks.client.link import Link

pytestmark = pytest.mark.once

BODY = b"<p>one</p>" * 100
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
IN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + BODY + b"\r\n0\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_answers_are_taken_apart_however_they_arrive(step):
    answers = []
    link = Link(answers.append)
    for whole in (WITH_LENGTH, IN_CHUNKS, UNCHANGED, IN_CHUNKS):
        for start in range(0, len(whole), step):
            link.data_received(whole[start : start + step])
    link.connection_lost(None)
    assert [answer and (answer.status, answer.body) for answer in answers] == [
        (200, BODY), (200, BODY), (304, b""), (200, BODY), None,
    ]  # fmt: skip
