"""Emoji: those of Unicode's list, as the package `emoji` has it."""

from emoji import emoji_list

TEXT_STYLE, EMOJI_STYLE = "\ufe0e", "\ufe0f"


def without_emoji(text: str, mark: str) -> str:
    """`text` with `mark` for each emoji, and for what says in which style the one before it is to be shown."""
    rest, done = [], 0
    for found in emoji_list(text):
        start, end = found["match_start"], found["match_end"]
        rest += [text[done:start], mark]
        has_style = end == start + 1 and text[end : end + 1] in (TEXT_STYLE, EMOJI_STYLE)
        done = end + 1 if has_style else end
    return "".join([*rest, text[done:]])
