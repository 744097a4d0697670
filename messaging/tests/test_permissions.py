"""What is said beforehand of what somebody may do, and what the services then do."""

import random

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from messaging import reactions, services
from messaging.permissions import DEEDS, permissions
from messaging.tests.files import attach
from mindnet.base.errors import DomainError
from mindnet.tests.support.cast import make_cast
from presence.models import Psychic
from rooms import guides, invitations, restrictions, roles, sessions
from rooms import services as rooms
from rooms.models import Restriction, Room


def rules(psychic, room, username=None):
    _, may = permissions(psychic=psychic, room_id=room.pk, username=username)
    return {deed: (verdict.allowed, verdict.rule) for deed, verdict in may.items()}


def get(psychic, path, **query):
    client = APIClient()
    client.force_authenticate(psychic)
    return client.get(path, query)


def test_each_of_the_five(cast):
    path = f"/rooms/{cast.room.pk}/permissions"
    may = {part: get(psychic, path).json()["may"] for part, psychic in cast.everybody().items()}
    assert {part: may[part]["write"]["rule"] for part in may} == {
        "owner": "participant",
        "moderator": "participant",
        "participant": "participant",
        "restricted": "mute",
        "outsider": "not_participant",
    }
    assert [part for part in may if may[part]["end"]["allowed"]] == ["owner"]
    assert [part for part in may if may[part]["invite"]["allowed"]] == ["owner", "moderator"]
    assert may["outsider"]["read"] == {"allowed": True, "rule": "open_room", "until": None}
    assert list(may["owner"]) == list(DEEDS)


def test_of_others_moderators_alone_may_ask(cast):
    path = f"/rooms/{cast.room.pk}/permissions"
    answer = get(cast.moderator, path, username="RITA").json()
    assert (answer["role"], answer["may"]["write"]["rule"]) == ("participant", "mute")
    for part in ("participant", "restricted", "outsider"):
        assert get(cast.everybody()[part], path, username="olga").status_code == 403
    assert get(cast.participant, path, username="paul").status_code == 200
    assert get(cast.owner, path, username="otto").status_code == 404
    assert get(cast.owner, path, username="nobody").status_code == 404


def test_a_closed_room_is_not_there_for_an_outsider(closed_cast):
    path = f"/rooms/{closed_cast.room.pk}/permissions"
    assert get(closed_cast.outsider, path).status_code == 404
    assert get(closed_cast.outsider, path, username="olga").status_code == 404


def test_a_ban_says_until_when(cast):
    ban = {"room_id": cast.room.pk, "username": "paul", "kind": "ban", "minutes": 60, "reason": "Noise."}
    restriction = restrictions.restrict(psychic=cast.owner, **ban)
    write = get(cast.participant, f"/rooms/{cast.room.pk}/permissions").json()["may"]["write"]
    assert (write["allowed"], write["rule"]) == (False, "ban")
    assert write["until"] == restriction.until.isoformat().replace("+00:00", "Z")


def test_who_is_new_hears_that_a_moderator_reads_first(cast):
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=1)
    said = {part: rules(psychic, cast.room)["write"] for part, psychic in cast.everybody().items()}
    assert said == {
        "owner": (True, "participant"),
        "moderator": (True, "participant"),
        "participant": (True, "held_back"),
        "restricted": (False, "mute"),
        "outsider": (False, "not_participant"),
    }
    with pytest.raises(DomainError) as refusal:
        services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="One.")
    assert refusal.value.extra["held"]
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=0)
    services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="Two.")
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=1)
    assert rules(cast.participant, cast.room)["write"] == (True, "participant")


# For random casts and states both say the same of every deed.

CODES = {"mute": "muted", "silence": "muted", "slow": "rate_limited", "slow_mode": "rate_limited"}
CODES |= {"role": "permission_denied", "mind_link": "permission_denied", "everyones_room": "permission_denied"}
CODES |= {"ban": "not_participant"}


class Undone(Exception):
    """Takes back what a service did."""


def done(deed, psychic, room, message, other):
    """The code with which the service refuses this deed, or None; nothing stays done."""
    mine = {"psychic": psychic, "room_id": room.pk}
    deeds = {
        "read": lambda: rooms.get_room(**mine),
        "write": lambda: services.post_message(**mine, content="Hello."),
        "react": lambda: reactions.react(psychic=psychic, message_id=message, emoji="🙏", on=True),
        "attach": lambda: services.post_message(**mine, content="A file.", attachments=[attach(psychic, room).pk]),
        "invite": lambda: invitations.invite(**mine),
        "restrict": lambda: restrictions.restrict(**mine, username=other.username, kind="mute", reason="Noise."),
        "change": lambda: rooms.update_room(**mine, description="Something else."),
        "end": lambda: rooms.end_room(**mine),
    }
    try:
        with transaction.atomic():
            deeds[deed]()
            raise Undone
    except DomainError as error:
        return error.code
    except Undone:
        return None


def states(rng, room, cast):
    """Something of everything that decides, at random."""
    victim = rng.choice(["mona", "paul", "rita"])
    kind = rng.choice(Restriction.Kind.values)
    extra = {"seconds": rng.choice([5, 3000])} if kind == "slow" else {}
    restrictions.restrict(psychic=cast.owner, room_id=room.pk, username=victim, kind=kind, reason="Noise.", **extra)
    Room.objects.filter(pk=room.pk).update(slow_mode_seconds=rng.choice([0, 0, 600]))
    if room.kind == "meditation" and rng.random() < 0.7:
        guide = guides.create_guide(
            psychic=cast.owner, name="Quiet", steps=[{"at": 0, "kind": "silence", "text": "", "seconds": 600}]
        )
        sessions.start_session(psychic=cast.owner, room_id=room.pk, guide_id=guide.pk)
    if rng.random() < 0.2:
        rooms.end_room(psychic=cast.owner, room_id=room.pk)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_said_is_what_is_done(db, seed, settings):
    settings.LIMITS_ENFORCED = False
    rng = random.Random(seed)
    cast = make_cast(("open", "closed", "meditation")[seed % 3])
    speakers = (cast.owner, cast.moderator, cast.participant)
    messages = [services.post_message(psychic=one, room_id=cast.room.pk, content="One.")[0] for one in speakers]
    states(rng, cast.room, cast)
    spare = Psychic.objects.create_user("spare", password="open the third eye")
    for part, psychic in cast.everybody().items():
        try:
            said = rules(psychic, cast.room)
        except DomainError as error:
            assert error.code == "not_found"
            said = dict.fromkeys(DEEDS, (False, "not_found"))
        for deed in set(DEEDS) - {"mention_all"}:
            allowed, rule = said[deed]
            code = done(deed, psychic, cast.room, messages[0].id, spare)
            assert (code is None) == allowed, (part, deed, rule, code)
            assert allowed or code == CODES.get(rule, rule), (part, deed, rule, code)


def test_in_a_mind_link_nobody_keeps_order(cast):
    link, _ = rooms.create_room(psychic=cast.owner, kind="private", with_username="otto")
    for psychic in (cast.owner, cast.outsider):
        said = rules(psychic, link)
        assert said["write"] == (True, "participant")
        assert said["mention_all"] == (False, "mind_link")
        assert not said["invite"][0]
        assert not said["restrict"][0]
    assert rules(cast.owner, link)["restrict"] == (False, "mind_link")


def test_mentioning_all_goes_by_the_role_the_room_asks_for(cast):
    assert rules(cast.moderator, cast.room)["mention_all"] == (True, "role")
    assert rules(cast.participant, cast.room)["mention_all"] == (False, "role")
    roles.set_role(psychic=cast.owner, room_id=cast.room.pk, username="paul", role="moderator")
    assert rules(cast.participant, cast.room)["mention_all"] == (True, "role")


def test_who_waits_between_messages_knows_for_how_long(cast):
    services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="One.")
    slow = {"room_id": cast.room.pk, "username": "paul", "kind": "slow", "seconds": 300, "reason": "Slowly."}
    restrictions.restrict(psychic=cast.moderator, **slow)
    _, may = permissions(psychic=cast.participant, room_id=cast.room.pk)
    assert (may["write"].allowed, may["write"].rule) == (False, "slow")
    assert may["write"].until is not None
    assert may["react"].allowed


def test_in_everyones_room_one_reads_and_reacts(cast):
    said = rules(cast.owner, Room.objects.get(kind="broadcast"))
    allowed = [deed for deed, (may, _) in said.items() if may]
    assert allowed == ["read", "react"]
    assert {rule for _, rule in said.values()} == {"everyones_room"}
