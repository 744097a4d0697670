"""What was said is drawn once for all who see the same of it, and for nobody who does not."""

from types import SimpleNamespace

from msgspec.structs import replace

from mindnet.pages.said import said_in
from mindnet.realtime.told import Told
from mindnet.socket.manual import MESSAGE
from mindnet.templatetags.drawn import digest_of

ADA, BOB = (SimpleNamespace(pk=pk, username=name) for pk, name in ((701, "ada"), (702, "bob")))
SENDER = MESSAGE.sender.id
SAID = [replace(MESSAGE, id=number, seq=number) for number in (91, 92, 93)]


def kept_under(reader, shown=SAID, *, read_seq=93, hidden=(), quoted=(), pictures=None, asked=None):
    said = said_in(
        Told(list(shown)), viewer=reader, read_seq=read_seq, hidden=set(hidden), quoted=list(quoted),
        pictures=pictures or {}, asked=asked or {},
    )  # fmt: skip
    return digest_of("said", said)


def test_readers_share_what_is_the_same_for_them():
    ada = kept_under(ADA)
    assert kept_under(BOB) == ada
    assert kept_under(BOB, hidden={ADA.pk}) == ada, "who was blocked has said nothing here"
    assert kept_under(BOB, read_seq=None) == ada, "nothing is new to who only looks in"
    assert kept_under(BOB, pictures={SENDER: "", ADA.pk: "key"}) == ada


def test_whatever_they_see_differently_is_kept_apart():
    answered = replace(MESSAGE, id=3, seq=3)
    mine = [*SAID[:2], replace(SAID[2], sender=replace(MESSAGE.sender, id=BOB.pk))]
    to_bob = [*SAID[:2], replace(SAID[2], mentions=[BOB.pk])]
    for bob, ada in [
        (kept_under(BOB, mine), kept_under(ADA, mine)),
        (kept_under(BOB, to_bob), kept_under(ADA, to_bob)),
        (kept_under(BOB, read_seq=91), kept_under(ADA, read_seq=92)),
        (kept_under(BOB, hidden={SENDER}), kept_under(ADA)),
        (kept_under(BOB, quoted=[answered]), kept_under(ADA)),
        (kept_under(BOB, pictures={SENDER: "key"}), kept_under(ADA)),
        (kept_under(BOB, asked={91: False}), kept_under(ADA, asked={91: True})),
        (kept_under(BOB, [*SAID[:2], replace(SAID[2], content="Another")]), kept_under(ADA)),
    ]:
        assert bob != ada


def test_the_line_stands_before_the_first_that_counts():
    deleted, own = replace(SAID[0], deleted=True), replace(SAID[1], sender=replace(MESSAGE.sender, id=BOB.pk))
    lines = {"viewer": BOB, "quoted": [], "pictures": {}, "asked": {}}
    told = Told([deleted, own, SAID[2]])
    assert said_in(told, read_seq=0, hidden=set(), **lines).line == 93
    assert said_in(told, read_seq=0, hidden={SENDER}, **lines).line is None
    assert said_in(told, read_seq=93, hidden=set(), **lines).line is None
