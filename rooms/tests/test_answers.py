"""Rita is muted: she sees it and answers once. Nobody else does for her."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from mindnet.base.errors import DomainError
from rooms import answers, restrictions
from rooms.models import Restriction


def call(psychic, method, path, body=None):
    client = APIClient()
    client.force_authenticate(psychic)
    return getattr(client, method)(path, body, format="json")


def test_who_is_restricted_sees_why_and_answers_once(cast):
    [mute] = call(cast.restricted, "get", "/psychics/me/restrictions").json()["results"]
    assert (mute["kind"], mute["reason"], mute["created_by"]["username"]) == ("mute", "Too loud.", "olga")
    assert (mute["answer"], mute["answered_at"]) == ("", None)
    path = f"/restrictions/{mute['id']}/answer"
    assert call(cast.restricted, "post", path, {"text": " I was singing. "}).status_code == 204
    again = call(cast.restricted, "post", path, {"text": "And again."})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    row = Restriction.objects.get(pk=mute["id"])
    assert row.answer == "I was singing."
    assert row.answered_at is not None
    listed = call(cast.moderator, "get", f"/rooms/{cast.room.pk}/restrictions").json()["results"]
    assert [one["answer"] for one in listed] == ["I was singing."]


def test_others_have_none_and_answer_none(cast):
    mute = cast.restricted.restrictions.get()
    for part, psychic in cast.everybody().items():
        if part != "restricted":
            assert call(psychic, "get", "/psychics/me/restrictions").json()["results"] == []
            assert call(psychic, "post", f"/restrictions/{mute.pk}/answer", {"text": "For her."}).status_code == 404
    assert call(cast.restricted, "post", "/restrictions/999999/answer", {"text": "Hello?"}).status_code == 404
    mute.refresh_from_db()
    assert mute.answered_at is None


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "a" * 1001, "bell\a"])
def test_what_is_no_answer_leaves_it_unanswered(cast, text):
    mute = cast.restricted.restrictions.get()
    refused = call(cast.restricted, "post", f"/restrictions/{mute.pk}/answer", {"text": text})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["text"])
    mute.refresh_from_db()
    assert (mute.answer, mute.answered_at) == ("", None)


@pytest.mark.parametrize("end, days, may", [("until", 6, True), ("until", 8, False), ("lifted_at", 8, False)])
def test_what_is_over_may_be_answered_for_a_week(cast, end, days, may):
    mute = cast.restricted.restrictions.get()
    Restriction.objects.filter(pk=mute.pk).update(**{end: timezone.now() - timedelta(days=days)})
    assert answers.own_restrictions(cast.restricted).exists() is may
    if may:
        answers.answer(psychic=cast.restricted, restriction_id=mute.pk, text="It was not me.")
    else:
        with pytest.raises(DomainError) as refused:
            answers.answer(psychic=cast.restricted, restriction_id=mute.pk, text="It was not me.")
        assert refused.value.code == "not_found"


def test_a_kick_out_of_a_closed_room_is_answered(closed_cast):
    cast = closed_cast
    restrictions.restrict(psychic=cast.moderator, room_id=cast.room.pk, username="paul", kind="kick", reason="Noise.")
    kick = answers.own_restrictions(cast.participant).get()
    answers.answer(psychic=cast.participant, restriction_id=kick.pk, text="Sorry.")
    kick.refresh_from_db()
    assert kick.answer == "Sorry."
