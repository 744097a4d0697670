"""Files in rooms: what it takes to store one, what is counted, and what is left of those that nobody has."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from messaging import attachment_sweep, attachments, blobs, evidence, services, sync
from messaging.models import Attachment, Message
from messaging.tests.files import attach
from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.tests.support.cast import make_cast
from mindnet.tests.support.sealed import two_minds
from rooms import restrictions
from rooms import services as rooms
from rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A folder of uploads of this test's own."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    rates.buckets.clear()
    return tmp_path


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def put(psychic, room, content=b"words", name="notes.txt", nonce=None):
    file = SimpleUploadedFile(name, content)
    return attachments.store(psychic=psychic, room_id=room.pk, file=file, nonce=nonce)


def code_of(function, *arguments, **fields):
    with pytest.raises(DomainError) as caught:
        function(*arguments, **fields)
    return caught.value.code


def read(row):
    return b"".join(blobs.read(row.key, 0, row.size))


# Storing


def test_a_file_is_stored_under_a_key_that_says_nothing(cast, folder):
    out, is_known = put(cast.participant, cast.room, name="../../etc/plan\x00\u202e.txt")
    row = Attachment.objects.get()
    assert not is_known and (out.id, out.name, out.size) == (row.pk, "plan.txt", 5)
    assert read(row) == b"words" and len(files(folder)) == 1
    assert "plan" not in row.key and row.ready_at and not row.message
    assert code_of(put, cast.participant, cast.room, b"") == "validation_error"


@pytest.mark.parametrize("part, code", [("restricted", "muted"), ("outsider", "not_participant")])
def test_who_may_not_write_may_not_put_a_file_there_either(cast, folder, part, code):
    assert code_of(put, cast.everybody()[part], cast.room) == code
    assert files(folder) == [] and not Attachment.objects.exists()


def test_not_in_a_room_of_others_nor_in_one_that_has_ended(closed_cast, folder):
    assert code_of(put, closed_cast.outsider, closed_cast.room) == "not_found"
    rooms.end_room(psychic=closed_cast.owner, room_id=closed_cast.room.pk)
    assert code_of(put, closed_cast.owner, closed_cast.room) == "room_closed"
    assert files(folder) == []


def test_a_retry_gives_the_first_and_another_file_is_refused(cast, folder):
    nonce = uuid.uuid4()
    first, _ = put(cast.participant, cast.room, nonce=nonce)
    assert put(cast.participant, cast.room, nonce=nonce) == (first, True)
    assert code_of(put, cast.participant, cast.room, b"other", nonce=nonce) == "nonce_reused"
    again, is_known = put(cast.owner, cast.room, nonce=nonce)
    assert not is_known and again.id != first.id, "a nonce is one's own"
    services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="x", attachments=[first.id])
    assert put(cast.participant, cast.room, nonce=nonce) == (first, True)
    assert len(files(folder)) == 2


def test_an_attempt_that_broke_off_leaves_its_nonce_to_the_next(cast):
    nonce = uuid.uuid4()
    broken = attach(cast.participant, cast.room, nonce=nonce, ready_at=None, nonce_digest=b"")
    broken.nonce_digest = attachments.digest_of(cast.room.pk, SimpleUploadedFile("words", b"words"))
    broken.save(update_fields=["nonce_digest"])
    out, is_known = put(cast.participant, cast.room, nonce=nonce)
    broken.refresh_from_db()
    assert not is_known and out.id != broken.pk and broken.removed_at
    # Its files might still be on their way: its row stays until nobody can be storing them any more.
    attachment_sweep.sweep()
    assert Attachment.objects.count() == 2


def test_a_storage_that_fails_leaves_nothing(cast, folder):
    (folder / "attachments").write_text("in the way")
    assert code_of(put, cast.participant, cast.room) == "unavailable"
    assert not Attachment.objects.filter(removed_at=None).exists()


def test_a_sealed_file_is_kept_as_it_came(cast, settings):
    link, _ = rooms.create_room(psychic=cast.owner, kind="private", with_username="paul")
    two_minds(cast.owner, cast.participant)
    settings.LIMITS = settings.LIMITS | {"UPLOAD_BYTES": 100}
    picture = b"\xff\xd8\xff" + b"x" * 113  # begins like a JPEG, and has a tag more than a plain file may

    def put_sealed(psychic, room=link, content=picture, name="sealed", media_type="application/octet-stream"):
        file = SimpleUploadedFile(name, content, media_type)
        return attachments.store(psychic=psychic, room_id=room.pk, file=file)[0]

    out = put_sealed(cast.owner)
    assert (out.name, out.media_type, out.size, out.width) == ("sealed", "application/octet-stream", 116, None)
    row = Attachment.objects.get()
    assert (read(row), row.kind) == (picture, "file")
    for other in ({"name": "sealed.bin"}, {"media_type": "image/jpeg"}):
        assert code_of(put_sealed, cast.owner, content=b"plain", **other) == "sealed_required"
    assert code_of(put_sealed, cast.owner, content=picture + b"x") == "payload_too_large"
    assert code_of(put_sealed, cast.owner, room=cast.room) == "payload_too_large"
    assert put_sealed(cast.owner, room=cast.room, content=b"plain").media_type == "text/plain"


# Quotas


def bound(settings, **limits):
    settings.LIMITS = settings.LIMITS | limits


def test_what_a_person_and_a_server_may_keep(cast, folder, settings):
    settings.LIMITS_ENFORCED = True
    bound(settings, UPLOAD_QUOTA_BYTES=10)
    put(cast.participant, cast.room)
    put(cast.participant, cast.room)
    with pytest.raises(DomainError, match=r"0\.0 of 0\.0 MiB.*Delete messages") as caught:
        put(cast.participant, cast.room, b"x")
    assert caught.value.code == "payload_too_large"
    bound(settings, UPLOADS_BYTES=14)
    assert code_of(put, cast.owner, cast.room) == "payload_too_large"
    put(cast.owner, cast.room, b"four")
    assert len(files(folder)) == 3


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_do_not_pass_the_quota(settings):
    cast = make_cast()
    settings.LIMITS_ENFORCED = True
    bound(settings, UPLOAD_QUOTA_BYTES=25, UPLOADS_BYTES=35)
    codes = []

    def upload(number):
        try:
            put([cast.owner, cast.participant][number % 2], cast.room)
            codes.append("stored")
        except DomainError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, args=[number]) for number in range(20)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert sorted(codes) == ["payload_too_large"] * 13 + ["stored"] * 7
    assert all(Attachment.objects.filter(uploader=one).count() <= 5 for one in (cast.owner, cast.participant))


# Taking away


def test_a_deleted_message_loses_its_files_and_then_their_rows(cast, folder):
    out, _ = put(cast.participant, cast.room)
    said, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="x", attachments=[out.id])
    services.delete_message(psychic=cast.moderator, message_id=said.id)
    assert code_of(attachments.readable, psychic=cast.participant, attachment_id=str(out.id)) == "not_found"
    for _ in range(2):
        attachment_sweep.sweep()
        assert files(folder) == [] and not Attachment.objects.exists()


def test_the_sweep_takes_what_nobody_has_any_more_and_nothing_else(cast, folder, django_capture_on_commit_callbacks):
    now = timezone.now()
    ages = {"broken": timedelta(hours=2), "breaking": timedelta(minutes=50), "loose": timedelta(hours=25)}
    ages |= {"waits": timedelta(hours=23), "said": timedelta(days=9), "held": timedelta(days=9)}
    for name in ages:
        put(cast.participant, cast.room, name=name)
    fields = {"psychic": cast.participant, "room_id": cast.room.pk, "content": "x"}
    services.post_message(**fields, attachments=[Attachment.objects.get(name="said").pk])
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=9)
    assert code_of(services.post_message, **fields, attachments=[Attachment.objects.get(name="held").pk]) == "muted"
    for name, age in ages.items():
        Attachment.objects.filter(name=name).update(created_at=now - age)
    Attachment.objects.filter(name__startswith="break").update(ready_at=None)
    Attachment.objects.filter(name="broken").update(ready_at=None)
    with django_capture_on_commit_callbacks(execute=True):
        attachment_sweep.sweep()
    assert set(Attachment.objects.values_list("name", flat=True)) == {"breaking", "waits", "said", "held"}
    assert len(files(folder)) == 4


def test_an_own_file_that_no_message_has_is_taken_back(cast, folder):
    one, two = (put(cast.participant, cast.room)[0] for _ in range(2))
    services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="x", attachments=[two.id])
    discard = attachments.discard
    assert code_of(discard, psychic=cast.owner, attachment_id=str(one.id)) == "not_found"
    discard(psychic=cast.participant, attachment_id=str(one.id))
    assert code_of(discard, psychic=cast.participant, attachment_id=str(one.id)) == "not_found"
    assert code_of(discard, psychic=cast.participant, attachment_id=str(two.id)) == "conflict"
    assert len(files(folder)) == 1


def test_staff_take_a_file_away_and_the_message_stays(cast):
    one, two = (put(cast.participant, cast.room, name=name)[0] for name in ("bad.txt", "good.txt"))
    fields = {"psychic": cast.participant, "room_id": cast.room.pk, "content": "x"}
    said, _ = services.post_message(**fields, attachments=[one.id, two.id])
    message = Message.objects.get(pk=said.id)
    assert evidence.of_message(message)["message"]["attachments"] == ["bad.txt", "good.txt"]
    attachments.take_away(attachment_id=one.id)
    assert code_of(attachments.take_away, attachment_id=one.id) == "not_found"
    [told] = sync.read(Message.objects.all())
    assert (told.changed_seq, [left.id for left in told.attachments]) == (said.seq + 1, [two.id])
    attachments.take_away(attachment_id=two.id)
    message.refresh_from_db()
    assert not message.has_attachments and message.content == "x"


# Reading


def may_read(cast, attachment_id):
    def tries(psychic):
        try:
            return attachments.readable(psychic=psychic, attachment_id=str(attachment_id)) is not None
        except DomainError as error:
            assert error.code == "not_found"
            return False

    return {part for part, psychic in cast.everybody().items() if tries(psychic)}


def test_who_may_read_the_room_reads_its_files_once_they_are_said(closed_cast):
    cast, room = closed_cast, closed_cast.room
    out, _ = put(cast.participant, room)
    assert may_read(cast, out.id) == {"participant"}
    services.post_message(psychic=cast.participant, room_id=room.pk, content="x", attachments=[out.id])
    assert may_read(cast, out.id) == {"owner", "moderator", "participant", "restricted"}
    restrictions.restrict(psychic=cast.owner, room_id=room.pk, username="rita", kind="kick", reason="Out.")
    restrictions.restrict(psychic=cast.owner, room_id=room.pk, username="paul", kind="ban", reason="Out.")
    rooms.leave_room(psychic=cast.moderator, room_id=room.pk)
    assert may_read(cast, out.id) == {"owner"}
    rooms.end_room(psychic=cast.owner, room_id=room.pk)
    assert may_read(cast, out.id) == {"owner"}


def test_moderators_see_what_waits_for_them(cast):
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=9)
    out, _ = put(cast.participant, cast.room)
    fields = {"psychic": cast.participant, "room_id": cast.room.pk, "content": "x", "attachments": [out.id]}
    assert code_of(services.post_message, **fields) == "muted"
    assert may_read(cast, out.id) == {"owner", "moderator", "participant"}
