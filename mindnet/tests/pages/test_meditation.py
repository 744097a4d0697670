"""The pages about meditation as the server answers them: forms, bad input, Mallory, queries."""

import pytest
from django.test import Client

from presence.models import Psychic
from rooms import guides, services, sessions, sittings
from rooms.guide_library import LIBRARY
from rooms.models import Guide, Session

pytestmark = pytest.mark.django_db

STEPS = [{"at": 0, "kind": "prompt", "text": "Listen", "seconds": 60}]


def page_of(username):
    client = Client()
    client.force_login(Psychic.objects.create_user(username), backend="django.contrib.auth.backends.ModelBackend")
    client.psychic = Psychic.objects.get(username=username)
    return client


@pytest.fixture
def ada():
    return page_of("ada")


@pytest.fixture
def mallory():
    return page_of("mallory")


@pytest.fixture
def quiet(ada):
    room, _ = services.create_room(psychic=ada.psychic, name="Quiet", kind="meditation")
    return room


def rows(*parts):
    return {
        "kind": [kind for kind, _, _ in parts],
        "length": [length for _, length, _ in parts],
        "text": [text for _, _, text in parts],
    }


def test_the_page_takes_few_queries_however_much_there_is(ada, quiet, django_assert_max_num_queries):
    for number in range(3):
        guides.create_guide(psychic=ada.psychic, name=f"Guide {number}", steps=STEPS)
        session = sessions.start_session(psychic=ada.psychic, room_id=quiet.pk, guide_id=Guide.objects.first().pk)
        sittings.sit(psychic=ada.psychic, room_id=quiet.pk)
        if number < 2:
            sessions.end_session(psychic=ada.psychic, room_id=quiet.pk)
    with django_assert_max_num_queries(11):
        text = ada.get("/meditation").content.decode()
    assert session.name in text and "sitting now" in text and "Guide 2" in text
    with django_assert_max_num_queries(28):
        assert ada.get(f"/room/{quiet.pk}").status_code == 200


def test_signing_in_comes_first():
    for path in ("/meditation", "/meditation/guides/new", "/meditation/guides/1"):
        assert Client().get(path).status_code == 302


@pytest.mark.parametrize("before", ["0" * 5000 + "7", "9" * 5000, "0"])
def test_a_number_of_any_length_is_a_number(ada, before):
    assert ada.get(f"/meditation?before={before}").status_code == 200


def test_what_cannot_be_taken_back_is_asked_about_first(ada, quiet):
    guide = guides.create_guide(psychic=ada.psychic, name="Two <bells>", steps=STEPS)
    assert "Delete <bdi>Two &lt;bells&gt;</bdi>?" in ada.get(f"/meditation/guides/{guide.pk}/delete").text
    session = sessions.start_session(psychic=ada.psychic, room_id=quiet.pk, guide_id=guide.pk)
    end = f"/room/{quiet.pk}/session/end"
    assert "for everyone?" in ada.get(end).text
    assert Guide.objects.filter(pk=guide.pk).exists()
    assert Session.objects.running().filter(pk=session.pk).exists()
    assert ada.post(end).status_code == 302
    assert ada.get(end).url == f"/room/{quiet.pk}"
    assert ada.post(f"/meditation/guides/{guide.pk}/delete").status_code == 302
    assert not Guide.objects.filter(pk=guide.pk).exists()


def test_mallory_finds_nothing(ada, mallory, quiet):
    guide = guides.create_guide(psychic=ada.psychic, name="Secret", steps=STEPS)
    for path in (f"/meditation/guides/{guide.pk}", f"/meditation/guides/new?from={guide.pk}",
                 f"/meditation/guides/{2**64}", "/meditation/guides/0", "/meditation?before=x"):  # fmt: skip
        assert mallory.get(path).status_code == 404, path
    assert mallory.post(f"/meditation/guides/{guide.pk}", {"name": "Mine"}).status_code == 404
    assert mallory.get(f"/meditation/guides/{guide.pk}/delete").status_code == 404
    assert mallory.post(f"/meditation/guides/{guide.pk}/delete").status_code == 404
    library = Guide.objects.library().first().pk
    assert mallory.post(f"/meditation/guides/{library}/delete").status_code == 403
    assert mallory.post(f"/meditation/guides/{library}", rows(("bell", "5", ""))).status_code == 403
    for path in ("begin", "end"):
        answer = mallory.post(f"/room/{quiet.pk}/session/{path}", {"guide": library})
        assert answer.status_code in (302, 403), path
    assert not Session.objects.exists() and Guide.objects.count() == len(LIBRARY) + 1


@pytest.mark.parametrize("guide", ["", "x", "-1", "9" * 30, "٣", "0", "999999"])
def test_a_session_begins_with_a_guide_there_is(ada, quiet, guide):
    assert ada.post(f"/room/{quiet.pk}/session/begin", {"guide": guide}).status_code == 404


def test_a_second_session_is_refused_in_the_room_itself(ada, quiet):
    library = Guide.objects.library().first()
    path = f"/room/{quiet.pk}/session"
    assert ada.post(f"{path}/begin", {"guide": library.pk}).status_code == 302
    answer = ada.post(f"{path}/begin", {"guide": library.pk})
    assert (answer.status_code, "A session is under way" in answer.content.decode()) == (409, True)
    assert ada.post(f"{path}/end").status_code == ada.post(f"{path}/end").status_code == 302


def test_what_is_wrong_with_a_guide_is_said_and_nothing_is_lost(ada):
    body = {"name": "", "description": "d"} | rows(("prompt", "1:30", "<b>Sit</b>"), ("", "", ""))
    answer = ada.post("/meditation/guides/new", body)
    text = answer.content.decode()
    assert answer.status_code == 400 and "A room name" not in text
    assert "&lt;b&gt;Sit&lt;/b&gt;" in text and 'value="1:30"' in text
    nothing = ada.post("/meditation/guides/new", {"name": "Empty"})
    assert nothing.status_code == 400 and "from 1 to 200 steps" in nothing.content.decode()
    many = rows(*[("bell", "1", "")] * 201)
    assert ada.post("/meditation/guides/new", {"name": "Many"} | many).status_code == 400


def test_copying_a_guide_makes_it_ones_own(ada):
    source = Guide.objects.get(slug="box-breathing")
    assert "4-4-4-4" in ada.get(f"/meditation/guides/new?from={source.pk}").content.decode()
    assert "Make a copy" in ada.get(f"/meditation/guides/{source.pk}").content.decode()
