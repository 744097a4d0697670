"""The form of a guide: rows of kind, length and words, in the order in which they come.

On the wire a step says when it begins; here it says how long it lasts, and a pause is a row of its own. Everything
works by posting the form: adding, moving and removing rows too, which scripts then do without asking the server.
"""

import re

from rooms.timeline import KINDS, end_of

KIND_WORDS = {
    "bell": "Bell",
    "prompt": "Words",
    "breath": "Breathing",
    "silence": "Silence",
    "sharing": "Sharing round",
    "pause": "Pause",
}
CHOICES = [("", "–"), *KIND_WORDS.items()]
LENGTH = re.compile(r"(?:(\d{1,3}):)?(?:(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)", re.ASCII)
NEW_ROWS = 5


def length_words(seconds):
    """1:30; hours only where there are some."""
    whole, rest = divmod(seconds, 1)
    minutes, second = divmod(int(whole), 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{second:02}" + (f"{rest:.3f}"[1:].rstrip("0") if rest else "")
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"


def spoken_length(seconds):
    """12 minutes; how long a guide is or a sitting was."""
    if seconds < 60:
        whole = max(1, round(seconds))
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    parts += [f"{rest} min"] if rest or not hours else []
    return " ".join(parts)


def parse_length(text):
    """Seconds out of 1:30, 1:00:00, 90 or nothing; None for what is no length."""
    text = text.strip()
    if not text:
        return 0
    match = LENGTH.fullmatch(text)
    if match is None:
        return None
    first, second, last = match.groups()
    hours, minutes = (first, second) if second is not None else (0, first)
    seconds = int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(last)
    return int(seconds) if seconds == int(seconds) else seconds


def rows_of(steps):
    """Rows that say the same as these steps."""
    rows, end = [], 0
    for step in steps:
        if step["at"] > end:
            rows.append({"kind": "pause", "length": length_words(round(step["at"] - end, 3)), "text": ""})
        rows.append({"kind": step["kind"], "length": length_words(step["seconds"]), "text": step["text"]})
        end = end_of(step)
    return rows


def blank_rows(count=NEW_ROWS):
    return [{"kind": "", "length": "", "text": ""} for _ in range(count)]


def posted_rows(data):
    columns = (data.getlist(name) for name in ("kind", "length", "text"))
    return [{"kind": kind, "length": length, "text": text} for kind, length, text in zip(*columns, strict=False)]


def rearranged(rows, wish):
    """The rows after a button: add, or up-2, down-2, remove-2. What asks for nothing possible changes nothing."""
    name, _, number = wish.partition("-")
    index = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else -1
    if name == "add":
        rows.append(*blank_rows(1))
    elif name in ("up", "down", "remove") and 0 <= index < len(rows):
        row = rows.pop(index)
        if name != "remove":
            rows.insert(max(0, index + (1 if name == "down" else -1)), row)
    return rows


def steps_of(rows):
    """(steps, whether all lengths could be read). A row that is wrong gets an `error`; rows without a kind are left
    out."""
    steps, at, is_good = [], 0, True
    for row in rows:
        seconds = parse_length(row["length"])
        if row["kind"] not in (*KINDS, "pause"):
            continue
        if seconds is None or (not seconds and row["kind"] != "bell"):
            row["error"] = "Give a length like 1:30."
            is_good = False
            continue
        if row["kind"] != "pause":
            steps.append({"at": round(at, 3), "kind": row["kind"], "text": row["text"], "seconds": seconds})
        at += seconds
    return steps, is_good


def total_of(rows):
    return sum(parse_length(row["length"]) or 0 for row in rows if row["kind"])
