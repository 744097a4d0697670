"""What is put together of pieces is what it would be whole."""

import gzip
import random
import zlib

from mindnet.base import pieces as pieces_module
from mindnet.base.pieces import PROCESS, STORED_MOST, Kept, Piece, Pieces, Secret


def test_pieces_are_unpacked_as_they_were():
    """Short and long ones, such as compress well and such as do not, and the same one twice."""
    chance = random.Random(7)
    texts = [b"a word, " * count for count in (1, 40, 9000)] + [chance.randbytes(3 * STORED_MOST + 1), b""]
    pieces = Pieces()
    again = Piece("Wörter".encode() * 100)
    content = "before" + "".join(pieces.hold([Piece(text), Secret("token")]) for text in texts)
    content += pieces.hold([again]) + "between" * 100 + pieces.hold([again])
    wanted = b"before" + b"".join(text + b"token" for text in texts) + again.data + b"between" * 100 + again.data
    assert pieces.whole(content.encode()) == wanted
    assert gzip.decompress(pieces.packed(content.encode())) == wanted
    assert len(pieces.packed(b"a word, " * 9000)) < 1000


def test_a_piece_is_compressed_as_if_there_were_no_other():
    """Neither its bytes nor their number say anything of what the same thread has compressed before."""
    words = [b"once upon a time, " * count for count in (30, 3000)]
    for text in [*words, *words]:
        alone = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        assert Piece(text).packed == alone.compress(text) + alone.flush(zlib.Z_FULL_FLUSH)


def test_the_length_of_an_answer_differs_by_chance():
    assert len({len(Pieces().packed(b"the same")) for _ in range(50)}) > 1


def test_nobody_can_write_what_stands_for_a_piece():
    pieces = Pieces()
    place = pieces.hold([Secret("token")])
    assert PROCESS in place
    assert pieces.whole(place.replace(PROCESS, PROCESS[::-1]).encode()) != b"token"


def test_no_more_is_kept_than_it_may():
    kept = Kept(10_000)
    for number in range(100):
        kept.put(b"%d" % number, str(number), 2500)
    assert kept.bytes == 10_000 and len(kept.drawn) == 4
    assert kept.get(b"99") == "99" and kept.get(b"90") is None
    kept.put(b"99", "99", 2500)
    assert len(kept.drawn) == 4
    kept.put(b"100", "too much", 20_000)
    assert (kept.bytes, len(kept.drawn)) == (0, 0)


def test_what_stands_between_pieces_is_compressed_once(monkeypatch):
    monkeypatch.setattr(pieces_module, "between", Kept(4000))
    page, piece = b"<p>the same for many</p>" * 20, Piece(b"a word, " * 100)
    for number in range(50):
        held = Pieces()
        content = page + held.hold([piece]).encode() + b"typed once, %d, " % number * 30
        assert gzip.decompress(held.packed(content)) == held.whole(content)
    assert pieces_module.between.get(page) == pieces_module.packed(page)
    assert pieces_module.between.bytes <= 4000
