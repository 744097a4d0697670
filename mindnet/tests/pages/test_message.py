"""One message by itself: what can be done with it where no script runs."""

import pytest

from messaging import services
from messaging.models import Message
from mindnet.tests.pages.visitors import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(cast):
    message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="Half a thought")
    return f"/room/{cast.room.pk}/message/{message.id}"


@pytest.mark.parametrize(
    "part, deletes, reports",
    [
        ("owner", True, True), ("moderator", True, True), ("participant", True, False), ("restricted", False, True),
        ("outsider", False, True),
    ],
)  # fmt: skip
def test_each_sees_what_they_may_do_and_no_more_is_done(cast, path, part, deletes, reports):
    browser = Browser(getattr(cast, part))
    assert f'<noscript> · <a href="{path}">More</a></noscript>' in browser.get(f"/room/{cast.room.pk}").text
    page = browser.get(path).text
    assert ("Delete it for everyone" in page, "Report…" in page) == (deletes, reports)
    answer = browser.send(path)
    assert answer.status_code == (200 if deletes else 403)
    assert (Message.objects.get().deleted_at is not None) is deletes


def test_a_message_of_another_room_is_not_found(cast, path, ada):
    browser = Browser(cast.participant)
    number = Message.objects.get().pk
    assert browser.get(f"/room/{cast.room.pk + 1}/message/{number}").status_code == 404
    assert browser.get(f"/room/{cast.room.pk}/message/{number + 1}").status_code == 404
    assert browser.get(f"/room/{cast.room.pk}/message/{2**70}").status_code == 404
