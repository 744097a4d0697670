"""What is said about files, as mindnet/tests/js/client/attachments.test.mjs has it from the same table; and how the
files of a message are drawn."""

import json
import uuid
from pathlib import Path
from types import SimpleNamespace

from django.template.loader import render_to_string

from mindnet.realtime.shapes import AttachmentOut
from mindnet.templatetags import attachments as tags
from mindnet.templatetags.mindnet import snippet

TABLE = json.loads((Path(__file__).parent.parent / "js" / "attachments.json").read_text())


def file(media_type, *, name="a.b", width=4, height=3, seconds=None, thumbnail_url=None):
    key = uuid.uuid4()
    return AttachmentOut(key, name, media_type, 2048, width, height, seconds, f"/attachments/{key}", thumbnail_url)


def drawn(*files):
    return render_to_string("room/attachments.html", {"attachments": files})


def test_sizes_lengths_boxes_and_kinds_are_as_in_the_table():
    assert [[size, tags.size_words(size)] for size, _ in TABLE["sizes"]] == TABLE["sizes"]
    assert [[seconds, tags.duration_words(seconds)] for seconds, _ in TABLE["lengths"]] == TABLE["lengths"]
    for width, height, *box in TABLE["fitted"]:
        assert list(tags.fitted(file("image/webp", width=width, height=height))) == box
    for media_type, width, height, kind in TABLE["kinds"]:
        assert tags.kind_of(file(media_type, width=width, height=height)) == kind
    for types, words in TABLE["words"]:
        assert tags.files_in_words([file(one) for one in types]) == words
    assert [tags.measure_words(file("audio/ogg", seconds=one)) for one in (None, 61)] == ["2 KB", "1:01 · 2 KB"]


def test_a_message_is_quoted_by_its_words_and_by_its_files_where_it_has_none():
    said = [("Look", False, "text"), ("", False, "image"), ("", True, "text"), ("{}", False, "sealed")]
    messages = [
        SimpleNamespace(content=text, deleted=gone, message_type=kind, attachments=[file("image/webp")])
        for text, gone, kind in said
    ]
    assert [snippet(message) for message in messages] == ["Look", "Image: a.b", "deleted", "Sealed message"]


def test_each_kind_is_drawn_in_its_own_way_and_names_are_text():
    picture = drawn(file("image/webp", name='"><img onerror=x>', width=1600, height=1200))
    assert 'width="400" height="300"' in picture and 'data-width="1600"' in picture
    assert "<img onerror" not in picture and "several" not in picture
    assert "pictures several" in drawn(file("image/webp"), file("image/png"))
    assert "<audio controls" in drawn(file("audio/ogg")) and "poster" not in drawn(file("video/mp4"))
    assert 'poster="/t"' in drawn(file("video/mp4", thumbnail_url="/t"))
    card = drawn(file("image/svg+xml", name="a<b>.svg"))
    assert 'download="a&lt;b&gt;.svg"' in card and "<img" not in card
