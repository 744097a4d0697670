"""The page with a room's files: who sees it, what is on which page, and the way to each in the conversation."""

import pytest
from django.utils import timezone

from messaging import services as messaging
from messaging.models import Attachment, Message
from mindnet.pages import files
from mindnet.tests.pages.visitors import Browser
from presence import blocks

pytestmark = pytest.mark.django_db

TYPES = {"image": "image/webp", "audio": "audio/webm", "video": "video/mp4", "file": "text/html"}


def put(room, psychic, name, kind="file"):
    """A file in the conversation."""
    said = messaging.post_message(psychic=psychic, room_id=room.pk, content=f"here is {name}")[0]
    Message.objects.filter(pk=said.id).update(has_attachments=True)
    size = {"width": 4, "height": 3} if kind == "image" else {}
    moment = timezone.now()
    Attachment.objects.create(
        room=room, uploader=psychic, message_id=said.id, kind=kind, name=name, media_type=TYPES[kind], size=2048,
        nonce_digest=b"", key=name, stored_bytes=2048, created_at=moment, ready_at=moment, **size,
    )  # fmt: skip
    return said


def test_each_kind_is_found_in_its_place_by_those_who_may_read(closed_cast):
    room, path = closed_cast.room, f"/room/{closed_cast.room.pk}/files"
    names = {"image": "aura.webp", "audio": "hum.webm", "video": "walk.mp4", "file": "<b>plan</b>.html"}
    said = {kind: put(room, closed_cast.participant, name, kind) for kind, name in names.items()}
    pages = {part: Browser(who).get(path) for part, who in closed_cast.everybody().items()}
    assert {part for part, page in pages.items() if page.status_code == 404} == {"outsider"}
    text = pages["restricted"].text
    assert "&lt;b&gt;plan&lt;/b&gt;.html" in text and "<b>plan" not in text
    assert f"?message={said['image'].id}#m{said['image'].id}" in text
    reader = Browser(closed_cast.moderator)
    for kind, name in names.items():
        shown = reader.get(f"{path}?kind={kind}").text
        found = [other for other in ("aura.webp", "hum.webm", "walk.mp4", "plan") if other in shown]
        assert found == [name.removeprefix("<b>").removesuffix("</b>.html")]
    assert "aura.webp" in reader.get(f"{path}?kind=nonsense").text


def test_pages_follow_each_other_without_a_gap(cast, monkeypatch):
    monkeypatch.setattr(files, "PAGE_FILES", 2)
    path, reader = f"/room/{cast.room.pk}/files", Browser(cast.participant)
    assert "Nobody has put a file in here yet" in reader.get(path).text
    for number in range(5):
        put(cast.room, cast.owner, f"note-{number}.txt")
    seen, address = [], path
    while address:
        page = reader.get(address)
        seen += [entry["files"][0].name for entry in page.context["others"]]
        address = page.context["older"] and f"{path}?before={page.context['older']}"
    assert seen == [f"note-{number}.txt" for number in reversed(range(5))]
    assert "nothing older" in reader.get(f"{path}?before=0").text
    assert len(reader.get(f"{path}?before={'9' * 40}").context["others"]) == 2
    assert reader.get(f"{path}?before=x").status_code == 404


def test_files_of_those_one_has_blocked_are_left_out(cast):
    put(cast.room, cast.owner, "noise.ogg", "audio")
    blocks.block(psychic=cast.participant, username=cast.owner.username)
    path = f"/room/{cast.room.pk}/files"
    assert "noise.ogg" not in Browser(cast.participant).get(path).text
    assert "noise.ogg" in Browser(cast.moderator).get(path).text
