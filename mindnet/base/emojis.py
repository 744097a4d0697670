"""Emoji: those of Unicode's list, as the package `emoji` has it, and the ways in which each may be written."""

from emoji import EMOJI_DATA, STATUS, emoji_list

TEXT_STYLE, EMOJI_STYLE = "\ufe0e", "\ufe0f"


def bare(text: str) -> str:
    """Without what asks for an emoji's colours, which is all that the ways to write one differ in."""
    return text.replace(EMOJI_STYLE, "")


# By the bare emoji the one in full; the parts of emoji that are listed beside them, like a tone of skin, are none.
IN_FULL = {bare(emoji): emoji for emoji, data in EMOJI_DATA.items() if data["status"] == STATUS["fully_qualified"]}


def one_emoji(text: str) -> str | None:
    """The emoji that `text` is, as it is written there where the list has it so; None where it is no emoji, or more
    than one."""
    in_full = IN_FULL.get(bare(text))
    return text if in_full and text in EMOJI_DATA else in_full


def names_of(emoji: str) -> list[str]:
    """By what one may ask for an emoji of the list, without the colons, the usual name first; none for any other."""
    data = EMOJI_DATA.get(emoji, {})
    return [name.strip(":") for name in [data["en"], *data.get("alias", [])]] if data else []


def without_emoji(text: str, mark: str) -> str:
    """`text` with `mark` for each emoji, and for what says in which style the one before it is to be shown."""
    rest, done = [], 0
    for found in emoji_list(text):
        start, end = found["match_start"], found["match_end"]
        rest += [text[done:start], mark]
        has_style = end == start + 1 and text[end : end + 1] in (TEXT_STYLE, EMOJI_STYLE)
        done = end + 1 if has_style else end
    return "".join([*rest, text[done:]])
