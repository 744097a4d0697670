"""Pages go out compressed, and nothing else does."""

import gzip

PACKED = {"HTTP_ACCEPT_ENCODING": "gzip"}


def test_a_page_is_compressed_for_whoever_can_unpack_it(client, db):
    plain = client.get("/accounts/signup/")
    assert not plain.has_header("Content-Encoding") and "Accept-Encoding" in plain["Vary"]
    packed = client.get("/accounts/signup/", **PACKED)
    assert packed["Content-Encoding"] == "gzip" and len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


def test_answers_of_rest_are_not(client, db):
    answer = client.get("/schema", **PACKED)
    assert answer.status_code == 200 and not answer.has_header("Content-Encoding")
