#!/usr/bin/env python
"""Writes mindnet/static/mindnet/emoji.json: what one may choose among, by what names, in Unicode's order and groups.

    scripts/emoji_names.py emoji-test.txt

The file is Unicode's, from https://unicode.org/Public/emoji/, or from Debian's package unicode-data. It says the order
and the groups; the names are those of the package `emoji`, by which the server knows an emoji. Written down is Unicode
15.0: what is newer, many a device draws as an empty box. Whoever types a newer one, or one with a tone of skin, may.

mindnet/tests/base/test_emojis.py says when the names have become others.
"""

import json
import re
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from mindnet.base.emojis import names_of  # noqa: E402

TARGET = BASE_DIR / "mindnet" / "static" / "mindnet" / "emoji.json"
LINE = re.compile(r"([0-9A-F ]+?) *; fully-qualified")
TONES = set(range(0x1F3FB, 0x1F400))
LEFT_OUT = {"Component"}


def read(lines):
    """[(group, [emoji])] of Unicode's file, without those that have a tone of skin."""
    groups = []
    for line in lines:
        if line.startswith("# group: "):
            groups.append((line.removeprefix("# group: ").strip(), []))
        elif found := LINE.match(line):
            points = [int(point, 16) for point in found[1].split()]
            if not TONES & set(points):
                groups[-1][1].append("".join(map(chr, points)))
    return [(group, emoji) for group, emoji in groups if group not in LEFT_OUT]


def main(path):
    groups = read(Path(path).read_text(encoding="utf-8").splitlines())
    # One a line, so that a change shows what has changed.
    rows = [json.dumps([one, names_of(one), at], ensure_ascii=False, separators=(",", ":"))
            for at, (_, emoji) in enumerate(groups) for one in emoji if names_of(one)]  # fmt: skip
    names = json.dumps([group for group, _ in groups], ensure_ascii=False)
    TARGET.write_text(f'{{"groups":{names},"emoji":[\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
