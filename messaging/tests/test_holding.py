"""What waits for a moderator, and what becomes of it."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from messaging import deciding, edits, services
from messaging.models import HeldMessage, Mark, Message
from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.tests.support.at_once import at_once
from presence.models import Psychic
from rooms import restrictions, word_rules
from rooms import services as rooms
from rooms.models import LogEntry, Restriction, Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_buckets():
    rates.buckets.clear()


def say(psychic, room, content="hello", **fields):
    return services.post_message(psychic=psychic, room_id=room.pk, content=content, **fields)


def refusal(code, function, *arguments, **fields):
    with pytest.raises(DomainError) as caught:
        function(*arguments, **fields)
    assert caught.value.code == code, caught.value
    return caught.value


def hold(cast, content="hello", **fields):
    error = refusal("muted", say, cast.participant, cast.room, content, **fields)
    assert error.extra["held"] and error.extra["until"] is None, error.extra
    return HeldMessage.objects.latest("pk")


def ask_for(cast, **house):
    Room.objects.filter(pk=cast.room.pk).update(**house)


def switch_on(cast, pattern, **fields):
    where = {"psychic": cast.owner, "room_id": cast.room.pk}
    rule = word_rules.make_word_rule(**where, pattern=pattern, **fields)
    return word_rules.change_word_rule(**where, rule_id=rule.pk, is_on=True)


def let_through(by, held):
    return deciding.let_through(psychic=by, room_id=held.room_id, held_id=held.pk)


def refuse(by, held, reason="Not here."):
    return deciding.refuse(psychic=by, room_id=held.room_id, held_id=held.pk, reason=reason)


def test_a_young_account_waits_and_an_old_one_or_who_keeps_order_does_not(cast):
    ask_for(cast, hold_new_hours=24)
    held = hold(cast)
    assert (held.sender, held.why, held.state) == (cast.participant, "You are new here.", "waiting")
    assert not Message.objects.exists() and Room.objects.get(pk=cast.room.pk).last_seq == 0
    say(cast.owner, cast.room)
    say(cast.moderator, cast.room)
    Psychic.objects.filter(pk=cast.participant.pk).update(date_joined=timezone.now() - timedelta(hours=25))
    say(cast.participant, cast.room)


def test_the_first_messages_wait_until_so_many_were_said(cast):
    ask_for(cast, hold_new_messages=2)
    for content in ("one", "two"):
        let_through(cast.moderator, hold(cast, content))
    message, _ = say(cast.participant, cast.room, "three")
    services.delete_message(psychic=cast.participant, message_id=message.id)
    say(cast.participant, cast.room, "four")
    Message.objects.exclude(content="one").update(deleted_at=timezone.now())
    hold(cast, "five")


def test_a_retry_hears_the_same_and_another_text_under_its_nonce_is_refused(cast):
    switch_on(cast, "spam")
    nonce = uuid.uuid4()
    error = refusal("muted", say, cast.participant, cast.room, "Spám!", nonce=nonce)
    assert error.extra == {"reason": "It contains a word this room looks at first.", "until": None, "held": True}
    again = refusal("muted", say, cast.participant, cast.room, "Spám!", nonce=nonce)
    assert (again.detail, again.extra) == (error.detail, error.extra)
    refusal("nonce_reused", say, cast.participant, cast.room, "Ham!", nonce=nonce)
    held = HeldMessage.objects.get()
    # A rule that is gone lets nothing slip past the moderator who has yet to decide.
    word_rules.delete_word_rule(psychic=cast.owner, room_id=cast.room.pk, rule_id=held.rule_id)
    refusal("muted", say, cast.participant, cast.room, "Spám!", nonce=nonce)
    let_through(cast.moderator, held)
    held.refresh_from_db()
    assert held.content == "", "an edit or a deletion of the message would not reach this copy"
    message, is_duplicate = say(cast.participant, cast.room, "Spám!", nonce=nonce)
    assert is_duplicate and (message.content, message.nonce, message.sender.username) == ("Spám!", nonce, "paul")
    assert Message.objects.count() == 1


def test_a_refusal_is_read_by_its_sender(cast):
    switch_on(cast, "spam")
    nonce = uuid.uuid4()
    held = hold(cast, "spam", nonce=nonce)
    assert refuse(cast.moderator, held).decided_by == cast.moderator
    error = refusal("muted", say, cast.participant, cast.room, "spam", nonce=nonce)
    assert error.extra == {"reason": "Not here.", "until": None, "held": False}
    assert not Message.objects.exists()


@pytest.mark.parametrize("first, second", [(let_through, refuse), (refuse, let_through), (let_through, let_through)])
def test_of_two_moderators_one_decides(cast, first, second):
    switch_on(cast, "spam")
    held = hold(cast, "spam")
    first(cast.owner, held)
    refusal("conflict", second, cast.moderator, held)
    [entry] = LogEntry.objects.filter(deed__in=("let_through", "refuse"))
    assert (entry.by, entry.psychic) == (cast.owner, cast.participant)
    assert Message.objects.count() == (first is let_through)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deeds", [(let_through, refuse), (let_through, let_through), (refuse, refuse)])
def test_of_two_moderators_in_one_moment_one_decides(cast, deeds):
    switch_on(cast, "spam")
    for number in range(3):
        held = hold(cast, f"spam {number}")
        results = at_once([partial(deeds[0], cast.owner, held), partial(deeds[1], cast.moderator, held)])
        assert results.count("conflict") == 1, results
        first = 1 - results.index("conflict")
        is_said, by = deeds[first] is let_through, (cast.owner, cast.moderator)[first]
        held.refresh_from_db()
        assert (held.state, held.decided_by) == ("let_through" if is_said else "refused", by)
        assert Message.objects.filter(nonce=held.nonce).count() == is_said
        entry = LogEntry.objects.filter(deed__in=("let_through", "refuse")).latest("pk")
        assert (entry.deed, entry.by) == ("let_through" if is_said else "refuse", by)
    assert LogEntry.objects.filter(deed__in=("let_through", "refuse")).count() == 3


def test_who_is_gone_since_can_only_be_refused(cast):
    switch_on(cast, "spam")
    held = hold(cast, "spam")
    fields = {"username": "paul", "kind": "ban", "reason": "Spam."}
    restrictions.restrict(psychic=cast.moderator, room_id=cast.room.pk, **fields)
    assert "only refuse" in refusal("conflict", let_through, cast.moderator, held).detail
    assert HeldMessage.objects.get().state == "waiting" and not Message.objects.exists()
    refuse(cast.moderator, held)


def test_only_who_keeps_order_decides_and_only_the_sender_takes_back(closed_cast):
    cast = closed_cast
    switch_on(cast, "spam")
    held = hold(cast, "spam")
    codes = {"participant": "permission_denied", "restricted": "permission_denied", "outsider": "not_found"}
    for part, code in codes.items():
        for decide in (let_through, refuse):
            refusal(code, decide, getattr(cast, part), held)
    where = {"room_id": cast.room.pk}
    for part in ("owner", "moderator", "restricted", "outsider"):
        refusal("not_found", deciding.take_back, psychic=getattr(cast, part), held_id=held.pk, **where)
    seen = {part: deciding.list_held(psychic=getattr(cast, part), **where).count() for part in ("owner", "moderator")}
    assert seen == {"owner": 1, "moderator": 1}
    assert deciding.list_held(psychic=cast.participant, **where).count() == 1
    assert deciding.list_held(psychic=cast.restricted, **where).count() == 0
    deciding.take_back(psychic=cast.participant, held_id=held.pk, **where)
    refusal("conflict", let_through, cast.moderator, held)
    error = refusal("muted", say, cast.participant, cast.room, "spam", nonce=held.nonce)
    assert (error.extra["held"], error.extra["reason"]) == (False, "")  # which no moderator can say
    assert HeldMessage.objects.get().content == ""


@pytest.mark.parametrize("reason", ["", "  ", "x" * 10_000, "two\nlines"])
def test_a_refusal_without_a_fit_reason_decides_nothing(cast, reason):
    switch_on(cast, "spam")
    held = hold(cast, "spam")
    assert "reason" in refusal("validation_error", refuse, cast.owner, held, reason).errors
    assert HeldMessage.objects.get().state == "waiting"


def test_so_many_wait_and_no_more(cast, settings):
    settings.LIMITS, settings.LIMITS_ENFORCED = settings.LIMITS | {"HELD_WAITING": 2}, True
    switch_on(cast, "spam")
    hold(cast, "spam 1"), hold(cast, "spam 2")
    error = refusal("muted", say, cast.participant, cast.room, "spam 3")
    assert error.extra["held"] is False and HeldMessage.objects.count() == 2


def test_an_edit_that_would_wait_is_refused_and_one_that_is_marked_is_marked(cast):
    message, _ = say(cast.participant, cast.room)
    switch_on(cast, "spam")
    switch_on(cast, "ham", action="mark")
    edit = {"psychic": cast.participant, "message_id": message.id}
    assert refusal("muted", edits.edit_message, **edit, content="spam").extra["held"] is False
    assert Message.objects.get().content == "hello"
    edits.edit_message(**edit, content="ham")
    assert Mark.objects.get().message_id == message.id and not HeldMessage.objects.exists()


def test_a_mark_lets_the_message_be_said_and_is_seen_once(cast):
    switch_on(cast, "ham", action="mark")
    message, _ = say(cast.participant, cast.room, "Ham?")
    say(cast.moderator, cast.room, "Ham!")
    where = {"room_id": cast.room.pk}
    [mark] = deciding.list_marks(psychic=cast.moderator, **where)
    assert (mark.message_id, mark.seen_at) == (message.id, None)
    for part, code in {"participant": "permission_denied", "outsider": "not_participant"}.items():
        refusal(code, deciding.see_mark, psychic=getattr(cast, part), mark_id=mark.pk, **where)
    for psychic in (cast.moderator, cast.owner):
        deciding.see_mark(psychic=psychic, mark_id=mark.pk, **where)
    assert Mark.objects.get().seen_by == cast.moderator


def test_a_mind_link_a_sealed_message_and_a_muted_psychic_are_not_held(cast):
    link, _ = rooms.create_room(psychic=cast.owner, kind="private", with_username="paul")
    Room.objects.update(hold_new_hours=24)
    rooms.join_room(psychic=cast.participant, room_id=link.pk)
    say(cast.participant, link)
    assert "held" not in refusal("muted", say, cast.restricted, cast.room).extra
    assert not HeldMessage.objects.exists()


def test_a_room_that_ends_and_an_account_that_closes_leave_nothing_waiting(cast):
    switch_on(cast, "spam")
    held = hold(cast, "spam")
    rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    assert (HeldMessage.objects.get().state, HeldMessage.objects.get().reason) == ("refused", "The room has ended.")
    HeldMessage.objects.filter(pk=held.pk).update(state="waiting")
    cast.participant.is_active = False
    cast.participant.save(update_fields=["is_active"])
    assert HeldMessage.objects.get().reason == "The account was closed."


def test_a_trial_says_what_would_have_been_found_and_touches_nothing(cast):
    for content in ("spam", "ham", "Spam again"):
        say(cast.participant, cast.room, content)
    Message.objects.filter(content="spam").update(timestamp=timezone.now() - timedelta(days=8))
    where = {"psychic": cast.moderator, "room_id": cast.room.pk, "kind": "words", "pattern": "spam"}
    trial = deciding.try_word_rule(**where)
    assert (trial.matched, trial.searched, [one.content for one in trial.newest]) == (1, 2, ["Spam again"])
    refusal("permission_denied", deciding.try_word_rule, **where | {"psychic": cast.participant})


def test_a_room_without_rules_asks_nothing_more(cast, django_assert_num_queries):
    def queries(**house):
        ask_for(cast, **house)
        with django_assert_num_queries(count[bool(house)]):
            say(cast.participant, cast.room)

    say(cast.participant, cast.room)
    Restriction.objects.all().delete()
    # Five questions of the batch, the message, the head, and the transaction; a rule adds one.
    count = {False: 9, True: 10}
    queries()
    queries(hold_new_messages=1)


def test_over_rest(api, cast):
    body = {"kind": "words", "pattern": "spam"}
    path = f"/rooms/{cast.room.pk}"
    assert api("olga", "post", f"{path}/word-rules", body | {"is_on": True}).status_code == 400
    rule = api("olga", "post", f"{path}/word-rules", body).json()
    assert (rule["action"], rule["is_on"], rule["created_by"]["username"]) == ("hold", False, "olga")
    changed = api("olga", "patch", f"{path}/word-rules/{rule['id']}", {"is_on": True}).json()
    assert changed["is_on"] and changed["trial"] == {"matched": 0, "searched": 0, "newest": []}
    said = {"content": "spam", "nonce": str(uuid.uuid4())}
    answer = api("paul", "post", f"{path}/messages", said)
    assert (answer.status_code, answer.json()["code"], answer.json()["held"]) == (403, "muted", True)
    [own] = api("paul", "get", f"{path}/held").json()["results"]
    [held] = api("mona", "get", f"{path}/held").json()["results"]
    assert (own["why"], held["why"]) == (answer.json()["reason"], f"{answer.json()['reason']} (spam)")
    assert api("otto", "get", f"{path}/held").status_code == 403
    through = api("mona", "post", f"{path}/held/{held['id']}", {"let_through": True})
    assert (through.status_code, through.json()["state"]) == (200, "let_through")
    assert api("olga", "post", f"{path}/held/{held['id']}", {"let_through": True}).status_code == 409
    assert api("paul", "post", f"{path}/messages", said).status_code == 200
    assert api("olga", "post", f"{path}/word-rules/try", body).json()["matched"] == 1
    assert api("mona", "delete", f"{path}/word-rules/{rule['id']}").status_code == 204


def test_staff_look_at_what_is_held_and_marked(cast, client):
    held_by, marked_by = switch_on(cast, "spam"), switch_on(cast, "ham", action="mark")
    held = hold(cast, "Spam")
    say(cast.participant, cast.room, "Ham")
    client.force_login(Psychic.objects.create_superuser("staff", password="open the third eye"))
    rows = ("messaging/heldmessage", held), ("messaging/mark", Mark.objects.get()), ("rooms/wordrule", held_by)
    for path, row in (*rows, ("rooms/wordrule", marked_by)):
        assert client.get(f"/admin/{path}/?q=garden").status_code == 200
        assert client.get(f"/admin/{path}/{row.pk}/change/").status_code == 200
        assert client.get(f"/admin/{path}/add/").status_code == 403
