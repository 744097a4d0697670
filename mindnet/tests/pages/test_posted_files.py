"""The composer without JavaScript takes files with the message."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging.fields import ATTACHMENTS
from messaging.models import Attachment, Message
from mindnet.tests.pages.visitors import Browser
from presence.tests import images

pytestmark = pytest.mark.django_db

NONCE = "5f0c6f0e-0000-4000-8000-000000000001"


def picture():
    return SimpleUploadedFile("aura.png", images.picture())


def notes(text=b"Half a thought"):
    return SimpleUploadedFile("notes.txt", text)


@pytest.fixture
def paul(cast):
    return Browser(cast.participant)


def post(browser, room, **fields):
    return browser.send(f"/room/{room.pk}/post", f"/room/{room.pk}", nonce=NONCE, **fields)


@pytest.mark.parametrize("files, kind", [([picture], "image"), ([picture, notes], "file")])
def test_files_go_with_the_words_or_alone_once_however_often_the_form_is_sent(cast, paul, files, kind):
    assert '<noscript><label class="attach-field">' in paul.get(f"/room/{cast.room.pk}").text
    for _ in range(2):
        answer = post(paul, cast.room, content="", files=[make() for make in files])
        assert answer.status_code == 200
    message = Message.objects.get()
    assert message.message_type == kind
    names = [one.name for one in message.attachments.order_by("position")]
    assert [name.partition(".")[0] for name in names] == [make().name.partition(".")[0] for make in files]
    assert Attachment.objects.count() == len(files)


def test_what_is_refused_comes_back_with_the_words_and_asks_for_the_files(cast, paul):
    many = [notes(b"%d" % number) for number in range(ATTACHMENTS.most + 1)]
    for files, said in ((many, "at most 20 files"), ([notes(b"")], "")):
        answer = post(paul, cast.room, content="Look", files=files)
        assert answer.status_code == 400
        assert (
            said in answer.text and "Choose the files once more." in answer.text and ">Look</textarea>" in answer.text
        )
    assert not Message.objects.exists()
    other = post(paul, cast.room, content="Look", files=[notes(b"another")])
    assert other.status_code == 200 and Message.objects.get().content == "Look"


def test_the_restricted_and_outsiders_store_nothing(cast):
    for one in (cast.restricted, cast.outsider):
        browser = Browser(one)
        assert "attach-field" not in browser.get(f"/room/{cast.room.pk}").text
        assert post(browser, cast.room, content="Look", files=[notes()]).status_code == 403
    assert not Attachment.objects.exists()
