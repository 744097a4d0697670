"""Pages go out compressed, and nothing else does."""

import gzip

PACKED = {"HTTP_ACCEPT_ENCODING": "gzip"}


def test_a_page_is_compressed_for_whoever_can_unpack_it(client, db):
    plain = client.get("/accounts/signup/")
    assert not plain.has_header("Content-Encoding") and "Accept-Encoding" in plain["Vary"]
    packed = client.get("/accounts/signup/", **PACKED)
    assert packed["Content-Encoding"] == "gzip" and len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)


def test_a_page_of_pieces_is_the_same_whether_packed_or_not(client, db):
    plain, packed = (client.get("/", **headers) for headers in ({}, PACKED))
    assert plain.text == gzip.decompress(packed.content).decode() and "</svg>" in plain.text
    assert not plain.has_header("Content-Encoding") and packed["Content-Encoding"] == "gzip"
    for answer in (plain, packed):
        assert int(answer["Content-Length"]) == len(answer.content) and "Accept-Encoding" in answer["Vary"]
    refused = client.get("/", HTTP_ACCEPT_ENCODING="br, identity")
    assert refused.content == plain.content


def test_answers_of_rest_are_not(client, db):
    answer = client.get("/schema", **PACKED)
    assert answer.status_code == 200 and not answer.has_header("Content-Encoding")
