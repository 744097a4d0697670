"""What of a room is unread, and what `hello` says of each room.

Read is everything up to `read_seq`, or, where the psychic has set a marker below that ("unread from here", see
`messaging.markers`), what lies before the marker. Unread are others' messages above that which are not deleted; what
those have written whom the psychic has blocked does not count, but for announcements in everyone's room, which are the
house's. Mentions are those of the unread messages that mean the psychic.
"""

from collections.abc import Iterable, Mapping

from django.db.models import Q, QuerySet

from messaging.models import Message
from mindnet.base.ids import GREATEST_ID
from mindnet.database.prepared import Prepared, Worded, fetch
from mindnet.database.statements import Question, ask, question
from mindnet.realtime.readers import Place
from mindnet.realtime.shapes import RoomEntry
from presence.models import Block, Psychic
from rooms.models import Kind, Role, Room

# Where counting stops: 1,000 means 1,000 or more.
UNREAD_MOST = 1000


def unread_messages(psychic: Psychic | int, room_id: int, read_to: int) -> QuerySet[Message]:
    """What counts as unread in a room for a psychic who has read up to a number, oldest first."""
    return heard(psychic, Message.objects.filter(room_id=room_id, deleted_at=None).after(read_to))


def first_unread(psychic: Psychic, room_id: int, read_to: int) -> int | None:
    """The number of the first of `unread_messages`."""
    return first_numbers.first(psychic.pk, room_id, read_to)


def count_unread(psychic: Psychic, room_id: int, *spans: tuple[int, int]) -> list[int]:
    """How many of `unread_messages` have a number above the first and not above the second of each pair, as far as they
    are counted."""
    found = ask(*[(BETWEEN, room_id, after, upto, psychic.pk, psychic.pk) for after, upto in spans])
    return [int(count) for [(count,)] in found]


def first_number(psychic_id: int, room_id: int, read_to: int) -> QuerySet[Message, int]:
    return unread_messages(psychic_id, room_id, read_to).values_list("seq", flat=True)[:1]


first_numbers = Prepared(first_number)


def heard(psychic: Psychic | int, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Of these messages those that others have written, and none whom the psychic has blocked."""
    blocked = Block.objects.filter(blocker=psychic).values("blocked")
    return messages.exclude(sender=psychic).filter(Q(room__kind=Kind.BROADCAST) | ~Q(sender__in=blocked))


def mentions_of(psychic: Psychic) -> QuerySet[Message]:
    """The messages that mean the psychic, read or not, of the rooms that they may read."""
    readable = Room.objects.visible_to(psychic)
    messages = Message.objects.filter(mention_rows__psychic=psychic, room__in=readable.values("pk"))
    return heard(psychic, messages.filter(deleted_at=None))


# Up to where a psychic has read, of a row `p` of a participant or, in everyone's room, `s` of a psychic.
READ = "CASE WHEN p.unread_from <= p.read_seq THEN p.unread_from - 1 ELSE p.read_seq END"
READ_EVERYONE = """CASE WHEN s.everyone_unread_from <= s.everyone_read_seq THEN s.everyone_unread_from - 1
    ELSE s.everyone_read_seq END"""
# Who writes one message after the other and never reads would go through all its own to find none of others'.
BEFORE_RUN = f"m.seq < CASE WHEN r.run_sender = {{psychic}} THEN r.run_seq ELSE {GREATEST_ID} END"
# Those of `unread_messages`, counted. A room without anything new is not looked into. In order, or PostgreSQL looks
# through all messages of all rooms for so many, where the average room has more.
UNREAD = f"""CASE WHEN {{read}} >= r.last_seq THEN 0 ELSE (SELECT COUNT(*) FROM (
    SELECT 1 FROM messages m WHERE m.room_id = r.id AND m.seq > {{read}} AND {BEFORE_RUN.format(psychic="{psychic}")}
    AND m.sender_id <> {{psychic}} AND m.deleted_at IS NULL{{but}} ORDER BY m.seq LIMIT {UNREAD_MOST}) AS unread) END"""
MENTIONS = f"""CASE WHEN {READ} >= r.last_seq THEN 0 ELSE (SELECT COUNT(*) FROM (
    SELECT 1 FROM message_mentions o{{join}} WHERE o.psychic_id = p.psychic_id AND o.room_id = r.id
    AND o.seq > {READ}{{but}} ORDER BY o.seq LIMIT {UNREAD_MOST}) AS meant) END"""
HEARD = " AND m.sender_id NOT IN (SELECT blocked_id FROM blocks WHERE blocker_id = p.psychic_id)"

# Nobody is mentioned in everyone's room: it has no participants by name.
ENTRIES = f"""
SELECT p.psychic_id, r.id, r.name, r.kind, p.role, r.last_seq, p.delivered_seq, p.read_seq,
    {UNREAD.format(read=READ, psychic="p.psychic_id", but="")}, {MENTIONS.format(join="", but="")}, p.unread_from,
    r.revision, COALESCE(c.count, 0), p.psychic_id IN (SELECT blocker_id FROM blocks WHERE blocker_id {{ids}})
FROM room_participants p JOIN rooms r ON r.id = p.room_id LEFT JOIN room_receipts c ON c.room_id = r.id
WHERE p.psychic_id {{ids}} AND p.is_active AND NOT p.is_aside AND r.is_active{{in_room}}
UNION ALL
SELECT s.id, r.id, r.name, r.kind, '{Role.PARTICIPANT}', r.last_seq, s.everyone_delivered_seq, s.everyone_read_seq,
    {UNREAD.format(read=READ_EVERYONE, psychic="s.id", but="")}, 0, s.everyone_unread_from, r.revision, 0, FALSE
FROM psychics s CROSS JOIN rooms r
WHERE s.id {{ids}} AND r.kind = '{Kind.BROADCAST}'{{in_room}}
ORDER BY 1, 2"""
ENTRIES_OF_ALL = ENTRIES.replace("{in_room}", "")
ENTRIES_OF_ONE = ENTRIES.replace("{in_room}", " AND r.id = %s")
# Of one psychic, as a page asks: for how few rooms that is, a list of unknown length does not say.
MY_ENTRIES = ENTRIES_OF_ALL.replace("{ids}", "= %s")
# For who has blocked somebody. In everyone's room all counts.
HEARD_COUNTS = f"""SELECT p.psychic_id, r.id, {UNREAD.format(read=READ, psychic="p.psychic_id", but=HEARD)},
    {MENTIONS.format(join=" JOIN messages m ON m.id = o.message_id", but=HEARD)}
FROM room_participants p JOIN rooms r ON r.id = p.room_id
WHERE p.psychic_id {{ids}} AND p.is_active AND NOT p.is_aside AND r.is_active"""
BETWEEN = f"""SELECT COUNT(*) FROM (
    SELECT 1 FROM messages m JOIN rooms r ON r.id = m.room_id
    WHERE m.room_id = %s AND m.seq > %s AND m.seq <= %s AND m.sender_id <> %s AND m.deleted_at IS NULL
    AND (r.kind = '{Kind.BROADCAST}' OR m.sender_id NOT IN (SELECT blocked_id FROM blocks WHERE blocker_id = %s))
    ORDER BY m.seq LIMIT {UNREAD_MOST}) AS unread"""


def places(psychic_ids: Iterable[int], room_id: int | None = None) -> dict[int, list[Place]]:
    """All rooms that each psychic takes part in, everyone's room among them, or the one of these. One query for all,
    and one more for those of them who have blocked somebody."""
    psychic_ids = list(dict.fromkeys(psychic_ids))
    found: dict[int, list[Place]] = {psychic_id: [] for psychic_id in psychic_ids}
    blockers = set()
    [rows] = fetch(Worded(entries_question(psychic_ids, room_id)))
    for psychic_id, *columns, revision, receipts, is_blocker in rows:
        found[psychic_id].append(Place(RoomEntry(*columns), revision, receipts))
        if is_blocker:
            blockers.add(psychic_id)
    if blockers:
        leave_out_blocked(found, sorted(blockers))
    return found


def asked_of(psychic_id: int) -> Worded:
    """What `places` asks first for one psychic and all of their rooms."""
    return Worded(entries_question([psychic_id], None))


def entries_question(psychic_ids: list[int], room_id: int | None) -> Question:
    if room_id is None and len(psychic_ids) == 1:
        return question(MY_ENTRIES, *psychic_ids * 3)
    if room_id is None:
        return question(ENTRIES_OF_ALL, psychic_ids, psychic_ids, psychic_ids)
    return question(ENTRIES_OF_ONE, psychic_ids, psychic_ids, room_id, psychic_ids, room_id)


def leave_out_blocked(found: Mapping[int, Iterable[Place]], psychic_ids: list[int]) -> None:
    """Counts what is unread for these psychics anew. A room that they have come into since is as it was read."""
    [rows] = ask((HEARD_COUNTS, psychic_ids))
    counts = {(psychic_id, room_id): counted for psychic_id, room_id, *counted in rows}
    for psychic_id in psychic_ids:
        for place in found[psychic_id]:
            entry = place.entry
            entry.unread, entry.mentions = counts.get((psychic_id, entry.id), (entry.unread, entry.mentions))
