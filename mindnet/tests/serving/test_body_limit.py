"""A body that is too large is refused before it is kept."""

import pytest

MEGABYTE = b"x" * 2**20


@pytest.fixture
def ada(embedded):
    return embedded.person("ada")


def chunks(count):
    for _ in range(count):
        yield MEGABYTE


@pytest.mark.parametrize("path", ["/psychics/me/avatar", "/psychics/me", "/nowhere", "/"])
@pytest.mark.parametrize("content", [lambda: MEGABYTE * 11, lambda: chunks(12)], ids=["said beforehand", "unsaid"])
def test_more_than_the_limit_is_refused_whatever_it_is_for(ada, path, content):
    answer = ada.api().put(path, content=content())
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert ada.api().get("/psychics/me").status_code == 200


@pytest.mark.parametrize("size, status", [(10 * 2**20, 415), (10 * 2**20 + 1, 413)])
def test_up_to_the_limit_it_is_looked_at(ada, size, status):
    answer = ada.api().put("/psychics/me/avatar", files={"file": ("x.png", b"x" * size)})
    assert answer.status_code == status
