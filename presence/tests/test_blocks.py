"""Blocking: who may block whom, and that nobody else hears of it."""

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from mindnet.base.limits import Rate
from presence import blocks
from presence.models import Block, Psychic

pytestmark = pytest.mark.django_db

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'


@pytest.fixture
def api(ada):
    return client_of(ada)


def client_of(psychic):
    return APIClient(headers={"Authorization": f"Token {AuthToken.objects.create(psychic)[1]}"})


def blocked_by(client):
    return [row["psychic"]["username"] for row in client.get("/psychics/me/blocks").json()["results"]]


def test_one_blocks_and_unblocks_and_twice_is_once(api, ada, bob):
    for _ in range(2):
        assert api.put("/psychics/me/blocks/BOB").status_code == 204
    [row] = api.get("/psychics/me/blocks").json()["results"]
    assert row["psychic"] == {"id": bob.pk, "username": "bob"}
    assert set(row) == {"psychic", "created_at"}
    assert blocks.ids_of(ada) == [bob.pk]
    for _ in range(2):
        assert api.delete("/psychics/me/blocks/bob").status_code == 204
    assert blocked_by(api) == []


def test_nobody_else_sees_it_and_it_holds_one_way(api, ada, bob):
    api.put("/psychics/me/blocks/bob")
    assert blocked_by(client_of(bob)) == []
    assert blocks.between(blocker=ada, blocked=bob)
    assert not blocks.between(blocker=bob, blocked=ada)
    assert client_of(bob).get("/psychics/ada").json() == api.get("/psychics/ada").json()


def test_one_does_not_block_oneself(api):
    answer = api.put("/psychics/me/blocks/ada")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize("name", ["nobody", "x", "a%00b", "ada%2Fbob", "b" * 300])
@pytest.mark.parametrize("method", ["put", "delete"])
def test_who_is_not_there_is_not_found(api, name, method):
    answer = getattr(api, method)(f"/psychics/me/blocks/{name}")
    assert answer.status_code == 404
    assert not Block.objects.exists()


def test_a_closed_account_stays_blocked_and_can_be_let_go(api, bob):
    api.put("/psychics/me/blocks/bob")
    Psychic.objects.filter(pk=bob.pk).update(is_active=False)
    assert blocked_by(api) == ["bob"]
    assert api.put("/psychics/me/blocks/bob").status_code == 204
    assert api.delete("/psychics/me/blocks/bob").status_code == 204
    # To who has not blocked it a closed account is as if it were none.
    assert api.put("/psychics/me/blocks/bob").content == NOT_FOUND


def test_there_is_a_most_and_who_is_blocked_already_is_none_more(api, bob, settings):
    settings.LIMITS = settings.LIMITS | {"BLOCKS_PER_PSYCHIC": 1}
    Psychic.objects.create_user("carl")
    assert api.put("/psychics/me/blocks/bob").status_code == 204
    assert api.put("/psychics/me/blocks/bob").status_code == 204
    answer = api.put("/psychics/me/blocks/carl")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert blocked_by(api) == ["bob"]


def test_blocking_has_a_rate(api, bob, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"BLOCK_RATE": Rate(2, 0.001)}
    codes = [api.put("/psychics/me/blocks/bob").status_code, api.delete("/psychics/me/blocks/bob").status_code]
    assert codes == [204, 204]
    assert api.put("/psychics/me/blocks/bob").status_code == 429


def test_it_goes_with_either_account(ada, bob):
    blocks.block(psychic=ada, username="bob")
    blocks.block(psychic=bob, username="ada")
    bob.delete()
    assert not Block.objects.exists()
