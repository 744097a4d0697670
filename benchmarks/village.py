"""The world that the HTTP measurement stands in, the same for every server: people, rooms and what was said, as rows.

No database and no server here: what these functions say is put into each database past its server, and every answer is
held against it.
"""

from html import escape

PEOPLE = 60
ROOMS = 60
# Room 0 is read, in room 1 is posted, room 2 is the long one; the one who asks is in these and some more.
READ, POSTED, LONG = 0, 1, 2
# In the last one those who are online talk; the one who asks is not in it.
TALK = ROOMS - 1
OWN_ROOMS = 10
CALLER = 0
READERS = 50  # people 0 to 49 are in the rooms that are read
ONLINE = range(1, 51)
POSTERS = (CALLER, *range(51, 60))  # nobody of them is online: a post goes to no socket
MESSAGES = 1000
EDITED = 256  # the caller's own messages in the room that is posted in
WORD = "nebula"  # one message of four has it
NAMES = [f"psychic-{number:02}" for number in range(PEOPLE)]
ROOM_NAMES = [f"room {number:02} <&> friends" for number in range(ROOMS)]
FILLER = "what was seen in the second circle was a lamp that nobody had lit, and it burned without a sound"


def text(seq):
    """What the message of this number says in the rooms that are read: with letters that HTML has to escape."""
    word = f" {WORD}" if seq % 4 == 0 else ""
    return f'{seq}: <b>it\'s</b> "{seq * 7919 % 999_983}" & {FILLER[: 20 + seq % 77]}{word}'


def in_html(said):
    """As Django writes it."""
    return escape(said)


def sender(seq):
    """The number of the person who said it; several in a row are by the same."""
    return seq // 3 % READERS


def replied_to(seq):
    """The number of the message that this one answers, None for most."""
    return seq - 7 if seq % 10 == 0 else None


def reactions(seq):
    """[(emoji, number of the person)]."""
    found = [("🔮", 1), ("🔮", 2)] if seq % 5 == 0 else []
    return found + ([("👍", 3)] if seq % 15 == 0 else [])


def participants(room):
    """Numbers of the people in a room, the longest-standing first."""
    if room in (READ, LONG):
        return list(range(READERS))
    if room == POSTED:
        return list(POSTERS)
    if room == TALK:
        return list(ONLINE)
    owner = room % PEOPLE
    return [owner] if room >= OWN_ROOMS or owner == CALLER else [owner, CALLER]
