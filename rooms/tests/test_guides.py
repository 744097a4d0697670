"""Guides: the library, one's own, what is shared, and what no guide may be."""

import json

import pytest
from django.core.management import call_command

from rooms import guides, services
from rooms.guide_library import LIBRARY
from rooms.guides import checked_steps
from rooms.models import Guide
from rooms.tests.conftest import make_psychic
from rooms.timeline import length

pytestmark = pytest.mark.django_db

STEPS = [
    {"at": 0, "kind": "bell", "text": "Begin", "seconds": 0},
    {"at": 0, "kind": "breath", "text": "4-6 Breathe", "seconds": 30.5},
    {"at": 40, "kind": "silence", "text": "", "seconds": 60},
]


def guide(psychic, **fields):
    return guides.create_guide(psychic=psychic, **({"name": "Mine", "steps": STEPS} | fields))


# The library


def test_the_library_is_there_for_everybody_and_sound(mallory, api):
    found = api(mallory).get("/guides").json()["results"]
    assert {one["name"] for one in found} == {name for name, _, _ in LIBRARY.values()}
    assert len(found) >= 6
    for one in found:
        assert set(one) == {"id", "name", "description", "steps"}
        assert checked_steps(one["steps"]) == one["steps"]
        assert one["description"] and 120 <= length(one["steps"]) <= 3600
        assert api(mallory).get(f"/guides/{one['id']}").json() == one
    kinds = {step["kind"] for one in found for step in one["steps"]}
    assert kinds == {"bell", "prompt", "breath", "silence", "sharing"}


def test_migrating_again_mends_the_library_and_doubles_nothing(ada):
    count = Guide.objects.count()
    Guide.objects.filter(slug="box-breathing").update(name="Crooked", steps=[])
    Guide.objects.filter(slug="walking").delete()
    mine = guide(ada)
    call_command("migrate", "rooms", verbosity=0)
    assert Guide.objects.count() == count + 1
    assert Guide.objects.get(slug="box-breathing").name == "Box breathing"
    assert Guide.objects.get(pk=mine.pk).steps == STEPS


def test_nobody_changes_the_library(ada, api):
    library = Guide.objects.library().first()
    assert api(ada).patch(f"/guides/{library.pk}", {"name": "Mine now"}, format="json").status_code == 403
    assert api(ada).delete(f"/guides/{library.pk}").json()["code"] == "permission_denied"


# One's own


def test_one_writes_changes_and_deletes_a_guide(ada, api):
    body = {"name": " Evening ", "description": "Slow", "steps": STEPS}
    answer = api(ada).post("/guides", body, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert made == {"id": made["id"], "name": "Evening", "description": "Slow", "steps": STEPS}
    mine = api(ada).get("/guides?whose=mine").json()["results"]
    assert mine == [made]
    changed = api(ada).patch(f"/guides/{made['id']}", {"name": "Night"}, format="json").json()
    assert changed == made | {"name": "Night"}
    assert api(ada).delete(f"/guides/{made['id']}").status_code == 204
    assert api(ada).get(f"/guides/{made['id']}").status_code == 404


def test_text_and_seconds_may_be_left_out_where_they_are_not_needed(ada, api):
    body = {"name": "Bells", "steps": [{"at": 0, "kind": "bell"}, {"at": 2, "kind": "silence", "seconds": 3}]}
    steps = api(ada).post("/guides", body, format="json").json()["steps"]
    assert steps[0] == {"at": 0, "kind": "bell", "text": "", "seconds": 0}


def test_a_private_guide_is_not_there_for_others(ada, mallory, api):
    mine = guide(ada)
    missing = api(mallory).get("/guides/999999999")
    for answer in (
        api(mallory).get(f"/guides/{mine.pk}"),
        api(mallory).patch(f"/guides/{mine.pk}", {"name": "x"}, format="json"),
        api(mallory).delete(f"/guides/{mine.pk}"),
    ):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert Guide.objects.get(pk=mine.pk).name == "Mine"


def test_a_shared_guide_is_there_in_meditation_rooms_its_owner_moderates(ada, bob, mallory, api):
    mine = guide(ada, shared=True)
    path = f"/guides/{mine.pk}"
    open_room, _ = services.create_room(psychic=ada, name="Talk")
    services.join_room(psychic=bob, room_id=open_room.pk)
    assert api(bob).get(path).status_code == 404
    room, _ = services.create_room(psychic=ada, name="Quiet", kind="meditation")
    services.join_room(psychic=bob, room_id=room.pk)
    assert api(bob).get(path).status_code == 200
    assert [one["id"] for one in api(bob).get("/guides?whose=shared").json()["results"]] == [mine.pk]
    assert api(mallory).get(path).status_code == 404
    assert api(bob).patch(path, {"name": "x"}, format="json").json()["code"] == "permission_denied"
    theirs, _ = services.create_room(psychic=mallory, name="Theirs", kind="meditation")
    services.join_room(psychic=ada, room_id=theirs.pk)
    assert api(mallory).get(path).status_code == 404, "Ada moderates nothing there"
    api(ada).patch(path, {"shared": False}, format="json")
    assert api(bob).get(path).status_code == 404


def test_the_list_takes_few_queries(ada, api, django_assert_max_num_queries):
    for number in range(5):
        guide(ada, name=f"Guide {number}")
    client = api(ada)
    with django_assert_max_num_queries(4):
        assert len(client.get("/guides").json()["results"]) == 5 + len(LIBRARY)


def test_nobody_fills_the_table_with_guides(ada, settings, limits_on):
    settings.LIMITS = settings.LIMITS | {"GUIDES_PER_PSYCHIC": 1}
    guide(ada)
    with pytest.raises(Exception, match="that is the most"):
        guide(ada)
    guide(make_psychic("dora"))


# What no guide may be


def step(**fields):
    return {"at": 0, "kind": "prompt", "text": "x", "seconds": 1} | fields


MANY = [step(at=number) for number in range(2_000)]


@pytest.mark.parametrize(
    "steps",
    [
        [], None, "steps", {}, 7, [None], ["bell"], [[]], MANY, MANY[:201],
        [step(at=-1)], [step(seconds=-1)], [step(seconds=0)], [step(at="0")], [step(at=True)], [step(at=None)],
        [step(at=10**400)], [step(seconds=4 * 3600 + 1)], [step(at=4 * 3600)],
        [step(kind="dance")], [step(kind="")], [step(kind=None)], [step(kind=["bell"])], [step(kind={})],
        [step(text=None)], [step(text=7)], [step(text="x" * 501)], [step(text="\x00")], [step(text="\x1b")],
        [step(color="red")], [{"at": 0}], [{"kind": "bell"}], [{"at": 0, "kind": "bell"}],
        [step(at=5), step(at=0)], [step(seconds=5), step(at=4)], [step(at=1), step(at=1)],
        [step(at=number, text="x" * 500) for number in range(100)],
    ],
    ids=lambda steps: json.dumps(steps)[:60],
)  # fmt: skip
def test_steps_that_make_no_sense_are_refused(ada, api, steps):
    answer = api(ada).post("/guides", {"name": "Bad", "steps": steps}, format="json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "validation_error" and list(answer.json()["errors"]) == ["steps"]
    assert not Guide.objects.filter(owner=ada).exists()


def test_ten_thousand_steps_are_too_much_to_read(ada, api):
    answer = api(ada).post("/guides", {"name": "Bad", "steps": 5 * MANY}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-0.0001"])
def test_numbers_that_are_none_are_refused(ada, api, number):
    body = '{"name": "Bad", "steps": [{"at": NUMBER, "kind": "prompt", "seconds": 1}]}'.replace("NUMBER", number)
    answer = api(ada).post("/guides", body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": "x" * 81}, "name"), ({"name": "\u202e"}, "name"),
        ({"name": 7}, "name"), ({"description": "x" * 1001}, "description"), ({"shared": "yes"}, "shared"),
        ({"owner": 1}, "owner"), ({"id": 1}, "id"),
    ],
)  # fmt: skip
def test_fields_that_make_no_sense_are_refused(ada, api, fields, field):
    answer = api(ada).post("/guides", {"name": "Good", "steps": STEPS} | fields, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_two_hundred_steps_of_four_hours_are_a_guide(ada, api):
    seconds = 4 * 3600 / 200
    steps = [step(at=number * seconds, seconds=seconds) for number in range(200)]
    assert api(ada).post("/guides", {"name": "Long", "steps": steps}, format="json").status_code == 201
