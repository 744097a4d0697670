"""Whether what a server has acknowledged is there afterwards: by id, in its room under its number, and by search."""

from urllib.parse import quote

from benchmarks.scenarios.common import note
from benchmarks.web.calls import PROGRAM

AT_ONCE = 8
PAGE_MOST = 100
MESSAGE = ["id", "room", "seq", "content"]


def look(side, signed, posts, edits):
    """{how it was looked for: {"answers", "errors"}} for the receipts [id, room, seq, content] of what was written."""
    looked = {"edits by id": by_id(edits), "posts by id": by_id(posts), "posts by room and number": by_number(posts)}
    if side.has_search:
        looked["posts by search"] = by_search(posts)
    return {what: asked(side, signed, what, paths, check) for what, (paths, check) in looked.items() if paths}


def asked(side, signed, label, paths, check):
    kind = {"label": label, "port": side.system.port, "headers": PROGRAM | signed, "paths": paths, "check": check}
    result, _ = side.run(kind, AT_ONCE)
    if result["errors"]:
        note(f"  {side.name}, {result['errors']} not found; the first: {result['first_error']}")
    return {"answers": len(result["waits_ns"][label]), "errors": result["errors"]}


def by_id(receipts):
    return [f"/messages/{receipt[0]}" for receipt in receipts], {
        "kind": "one",
        "members": MESSAGE,
        "wanted": receipts,
    }


def by_number(receipts):
    """Pages of the room: what was written lies there without a hole and without a stranger."""
    pages = in_pages(sorted(receipts, key=lambda receipt: receipt[2]))
    paths = [f"/rooms/{page[0][1]}/messages?after={page[0][2] - 1}&limit={len(page)}" for page in pages]
    return paths, {"kind": "listed", "members": MESSAGE, "wanted": pages}


def by_search(receipts):
    """By the word that all posts of one run share, page by page, newest first."""
    words = {}
    for receipt in sorted(receipts, reverse=True):
        words.setdefault(receipt[3].split()[-1], []).append(receipt)
    paths, wanted = [], []
    for word, own in words.items():
        older = ""
        for page in in_pages(own):
            paths.append(f"/messages/search?q={quote(word)}&room={page[0][1]}&limit={PAGE_MOST}{older}")
            wanted.append(page)
            older = f"&older={page[-1][0]}"
    return paths, {"kind": "listed", "members": MESSAGE, "wanted": wanted}


def in_pages(rows):
    return [rows[start : start + PAGE_MOST] for start in range(0, len(rows), PAGE_MOST)]
