"""The directory: who is found, by what, by whom, and what it costs."""

import pytest
from django.core.cache import cache

from presence import accounts, directory, profiles
from presence.models import Ability, Psychic, Status
from presence.tests.account_steps import PASSWORD, with_token

pytestmark = pytest.mark.django_db

PROFILE = {
    "id", "username", "display_name", "bio", "abilities", "avatar_url", "status", "note", "until", "last_online",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


@pytest.fixture
def mine(ada):
    return with_token("ada")


def psychic(username, **fields):
    row = accounts.sign_up(username=username, password=PASSWORD, address="198.51.100.7")
    profiles.update_profile(psychic=row, **fields)
    return row


def found(client, query=""):
    answer = client.get(f"/psychics{query}")
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"next", "previous", "results"}
    return [one["username"] for one in answer.json()["results"]]


def test_everybody_with_an_open_account_is_in_it(mine, bob):
    closed = psychic("mallory", abilities=["forgery"])
    Psychic.objects.filter(pk=closed.pk).update(is_active=False)
    assert found(mine) == ["ada", "bob"]
    assert found(mine, "?search=mallory") == found(mine, "?ability=forgery") == []
    assert found(mine, f"?ids={closed.pk}") == []


def test_an_entry_is_the_profile(mine, bob):
    profiles.update_profile(psychic=bob, display_name="Bob B.", bio="Hm.", abilities=["Calm"])
    entry = mine.get("/psychics?search=bob").json()["results"][0]
    assert set(entry) == PROFILE and entry == mine.get("/psychics/bob").json()


@pytest.mark.parametrize(
    "query, names",
    [
        ("?search=bo", ["bob"]),
        ("?search=BOB", ["bob"]),
        ("?search=%40bob", ["bob"]),
        ("?search=builder", ["bob"]),
        ("?search=PRECOG", ["bob", "eve"]),
        ("?search=viewing", ["eve"]),
        ("?search=", ["ada", "bob", "eve"]),
        ("?search=%25", []),
        ("?search=_", []),
        ("?search=b'; DROP TABLE psychics; --", []),
        ("?ability=precognition", ["bob", "eve"]),
        ("?ability=PRECOGNITION", ["bob", "eve"]),
        ("?ability=%20Precognition%20", ["bob", "eve"]),
        ("?ability=precog", []),
        ("?ability=remote viewing", ["eve"]),
        ("?ability=ÉLAN", ["eve"]),
        ("?ability=e%CC%81lan", ["eve"]),
        ("?ability=STRASSE", ["bob"]),
        ("?ability=precognition&search=eve", ["eve"]),
        ("?ability=precognition&search=ada", []),
    ],
)
def test_finding(mine, bob, query, names):
    profiles.update_profile(psychic=bob, display_name="The Builder", abilities=["Precognition", "straße"])
    psychic("eve", abilities=["precognition", "Remote Viewing", "Élan"])
    assert found(mine, query) == names


def test_asking_for_some_by_id(mine, ada, bob):
    psychic("eve")
    assert found(mine, f"?ids={bob.pk},{ada.pk},{10**17}") == ["ada", "bob"]


@pytest.mark.parametrize(
    "query, field",
    [
        ("?search=" + "a" * 81, "search"),
        ("?search=a%00b", "search"),
        ("?search=a%E2%80%AEb", "search"),
        ("?ability=" + "a" * 41, "ability"),
        ("?ability=two%0Alines", "ability"),
        ("?ids=x", "ids"),
        ("?ids=1,,2", "ids"),
        ("?ids=-1", "ids"),
        ("?ids=" + ",".join(["1"] * 101), "ids"),
        ("?ids=" + "9" * 30, "ids"),
        ("?limit=x", "limit"),
        ("?after=x", "after"),
    ],
)
def test_what_it_does_not_understand(mine, query, field):
    answer = mine.get(f"/psychics{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]


def test_who_is_not_signed_in_finds_nobody(ada, client):
    assert client.get("/psychics").status_code == 401


def test_pages(mine):
    for number in range(5):
        psychic(f"eve.{number}", abilities=["calm"])
    first = mine.get("/psychics?ability=Calm&limit=2").json()
    assert [one["username"] for one in first["results"]] == ["eve.0", "eve.1"] and first["previous"] is None
    second = mine.get(first["next"]).json()
    assert [one["username"] for one in second["results"]] == ["eve.2", "eve.3"]
    assert mine.get(second["previous"]).json()["results"] == first["results"]
    last = mine.get(second["next"]).json()
    assert [one["username"] for one in last["results"]] == ["eve.4"] and last["next"] is None


def test_pages_by_name_neither_repeat_nor_miss(ada, bob):
    for name in ("Cleo", "dora", "Eve"):
        psychic(name)

    def page(**cursor):
        shown = directory.page_by_name(directory.find(), size=2, **cursor)
        return [row.username for row in shown.rows], shown.has_previous, shown.has_next

    assert page() == (["ada", "bob"], False, True)
    assert page(after="bob") == page(after="BOB") == (["Cleo", "dora"], True, True)
    assert page(after="dora") == (["Eve"], True, False)
    assert page(before="Eve") == (["Cleo", "dora"], True, True)
    assert page(before="cleo") == (["ada", "bob"], False, True)
    assert page(after="zzz") == ([], False, False)


# Presence


def test_the_invisible_are_in_it_and_look_offline(mine, bob):
    Psychic.objects.filter(pk=bob.pk).update(status=Status.INVISIBLE, chosen_status=Status.INVISIBLE, note="hush")
    entry = mine.get("/psychics?search=bob").json()["results"][0]
    assert (entry["status"], entry["note"], entry["until"]) == ("offline", "", None)
    own = with_token("bob").get("/psychics?search=bob").json()["results"][0]
    assert own["status"] == "invisible"


def test_presence_is_for_those_who_share_a_room_where_the_operator_says_so(mine, ada, bob, settings):
    from rooms import services as rooms

    settings.PRESENCE_AUDIENCE = "rooms"
    eve = psychic("eve")
    Psychic.objects.filter(pk__in=[bob.pk, eve.pk]).update(status=Status.MEDITATING, chosen_status="meditating")
    room, _ = rooms.create_room(psychic=ada, name="here")
    rooms.join_room(psychic=bob, room_id=room.pk)
    entries = {one["username"]: one for one in mine.get("/psychics").json()["results"]}
    assert {name: entry["status"] for name, entry in entries.items()} == {
        "ada": "offline", "bob": "meditating", "eve": "offline",
    }  # fmt: skip
    assert entries["eve"] == mine.get("/psychics/eve").json()


@pytest.mark.parametrize("audience, queries", [("everyone", 1), ("rooms", 2)])
def test_a_page_costs_the_same_however_many_are_on_it(ada, settings, django_assert_num_queries, audience, queries):
    settings.PRESENCE_AUDIENCE = audience
    for number in range(8):
        psychic(f"eve.{number}", abilities=["calm", "hush"])
    for size in (2, 8):
        with django_assert_num_queries(queries):
            page = directory.page_by_name(directory.find(search="e", ability="calm"), size=size)
            assert len(profiles.profiles_of(ada, page.rows)) == size


# The words


def words_of(row):
    return sorted(Ability.objects.filter(psychic=row).values_list("word", flat=True))


def test_the_words_follow_the_list(ada, bob):
    profiles.update_profile(psychic=ada, abilities=["Calm", "Far Sight", "calm", "CALM"])
    assert profiles.own_profile(psychic=ada).abilities == ["Calm", "Far Sight"]
    assert words_of(ada) == ["calm", "far sight"]
    profiles.update_profile(psychic=bob, abilities=["calm"])
    profiles.update_profile(psychic=ada, abilities=["far sight", "Hush"])
    assert (words_of(ada), words_of(bob)) == (["far sight", "hush"], ["calm"])
    profiles.update_profile(psychic=ada, bio="nothing about words")
    assert words_of(ada) == ["far sight", "hush"]
    profiles.update_profile(psychic=ada, abilities=[])
    assert words_of(ada) == []


def test_the_longest_word_in_the_widest_letters_fits(ada):
    # U+0390 becomes three letters without its case.
    profiles.update_profile(psychic=ada, abilities=["\u0390" * 40])
    assert [row.username for row in directory.find(ability="\u0390" * 40)] == ["ada"]


def test_an_ability_has_no_comma(mine):
    answer = mine.patch("/psychics/me", {"abilities": ["calm, hush"]})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["abilities"])


def test_what_several_say_of_themselves_is_proposed(ada, bob):
    for row in (ada, bob):
        profiles.update_profile(psychic=row, abilities=["Cloud Reading"])
    profiles.update_profile(psychic=psychic("mallory"), abilities=["buy my things", "Cloud reading"])
    assert directory.abilities_in_use() == ["cloud reading"]
    proposed = directory.suggested_abilities()
    assert {"cloud reading", "precognition"} <= set(proposed) and "buy my things" not in proposed
    assert proposed == sorted(proposed)
