"""The admin's pages of messages, reactions and acknowledgements, with real rows behind them."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from messaging import reactions, services
from messaging.models import Acknowledgement, Message, MessageType, Reaction
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
MESSAGES, REACTIONS, ACKNOWLEDGEMENTS = (
    f"/admin/messaging/{name}/" for name in ("message", "reaction", "acknowledgement")
)


@pytest.fixture
def sol():
    return Psychic.objects.create_superuser("sol", password="correct horse")


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="correct horse")


@pytest.fixture
def room(ada):
    room, _ = rooms.create_room(psychic=ada, name=f"the field {SCRIPT}")
    return room


@pytest.fixture
def message(ada, room):
    out, _ = services.post_message(psychic=ada, room_id=room.pk, content=f"hello comet {SCRIPT}")
    reactions.react(psychic=ada, message_id=out.id, emoji="👁", on=True)
    message = Message.objects.get(pk=out.id)
    Acknowledgement.objects.create(message=message, psychic=ada)
    return message


@pytest.fixture
def admin(client, sol):
    client.force_login(sol)
    return client


def found(answer):
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_every_list_and_row_opens_and_escapes_what_people_typed(admin, message):
    pages = [MESSAGES, f"{MESSAGES}{message.pk}/change/"]
    for url, model in [(REACTIONS, Reaction), (ACKNOWLEDGEMENTS, Acknowledgement)]:
        assert len(found(admin.get(url))) == 1
        pages.append(f"{url}{model.objects.get().pk}/change/")
    for page in pages:
        answer = admin.get(page)
        assert answer.status_code == 200, page
        assert "<script>alert(1)" not in answer.text
    assert "hello comet &lt;script&gt;" in admin.get(MESSAGES).text
    assert "hello comet &lt;script&gt;" in admin.get(pages[1]).text


@pytest.mark.parametrize(
    "query, is_found",
    [
        ("q=COMET", True), ("q=ada", True), ("q=the+field", True), ("q=asteroid", False), ("q=%00", True),
        ("q=%25", False), ("message_type__exact=text", True), ("message_type__exact=image", False),
        ("deleted=no", True), ("deleted=yes", False), ("urgent__exact=1", False), ("require_ack__exact=0", True),
    ],
)  # fmt: skip
def test_searches_and_filters(admin, message, query, is_found):
    assert (message in found(admin.get(f"{MESSAGES}?{query}"))) is is_found


def test_text_is_searched_in_the_newest_messages_only(admin, message, monkeypatch):
    monkeypatch.setattr("messaging.admin.TEXT_SEARCHED_MOST", 1)
    services.post_message(psychic=message.sender, room_id=message.room_id, content="newer")
    assert found(admin.get(f"{MESSAGES}?q=comet")) == []
    assert message in found(admin.get(f"{MESSAGES}?q=ada"))


def test_sealed_messages_are_neither_shown_nor_found(admin, message):
    Message.objects.filter(pk=message.pk).update(message_type=MessageType.SEALED, content="envelope-of-bytes")
    for page in (MESSAGES, f"{MESSAGES}{message.pk}/change/"):
        answer = admin.get(page)
        assert "envelope-of-bytes" not in answer.text and "(sealed)" in answer.text
    assert found(admin.get(f"{MESSAGES}?q=envelope")) == []


def test_nothing_is_added_rewritten_or_removed_by_hand(admin, message):
    for url, row in [
        (MESSAGES, message), (REACTIONS, Reaction.objects.get()), (ACKNOWLEDGEMENTS, Acknowledgement.objects.get()),
    ]:  # fmt: skip
        assert admin.get(f"{url}add/").status_code == 403
        assert admin.post(f"{url}{row.pk}/change/", {"content": "rewritten", "emoji": "x"}).status_code == 403
        assert admin.post(f"{url}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        admin.post(url, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    message.refresh_from_db()
    assert "comet" in message.content and Reaction.objects.exists() and Acknowledgement.objects.exists()


def test_deleting_a_message_empties_it_under_a_new_number(admin, sol, message):
    answer = admin.post(MESSAGES, {"action": "delete_messages", "_selected_action": [message.pk]}, follow=True)
    assert "Messages deleted: 1." in answer.text
    before = message.changed_seq
    message.refresh_from_db()
    assert message.content == "" and message.deleted_at and message.changed_seq == before + 1
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (sol, str(message.pk), "Deleted the message.")
    again = admin.post(MESSAGES, {"action": "delete_messages", "_selected_action": [message.pk]}, follow=True)
    assert "Messages deleted: 0." in again.text


def test_deleting_needs_its_permission(client, message):
    olga = Psychic.objects.create_user("olga", password="correct horse", is_staff=True)
    olga.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(olga)
    client.post(MESSAGES, {"action": "delete_messages", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.deleted_at is None
    olga.user_permissions.add(Permission.objects.get(codename="delete_message"))
    client.post(MESSAGES, {"action": "delete_messages", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert message.deleted_at is not None


def test_lists_cost_the_same_however_long_they_are(admin, message, django_assert_max_num_queries):
    for number in range(40):
        out, _ = services.post_message(psychic=message.sender, room_id=message.room_id, content=f"number {number}")
        Reaction.objects.create(message_id=out.id, psychic=message.sender, emoji="👁")
        Acknowledgement.objects.create(message_id=out.id, psychic=message.sender)
    for url in (MESSAGES, REACTIONS, ACKNOWLEDGEMENTS):
        with django_assert_max_num_queries(7):
            assert len(found(admin.get(url))) == 41
