"""Reactions: putting an emoji on a message and taking it off again.

Each changes the message, and a change of a message is told to everybody in its room. So what comes for one message
within a moment is stored together, under one number, and told once: the first reaction after a quiet time at once, the
next ones half a second later. They wait before they are stored, as messages do (`mindnet/realtime/pace.py`).
"""

import asyncio
import collections
import contextlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import Count
from django.utils import timezone

from messaging import sync
from messaging.changing import changed, lock
from messaging.fields import EMOJI
from messaging.models import Message, MessageType, Reaction
from mindnet.base import rates
from mindnet.base.emojis import bare, one_emoji
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.signed import unb64
from mindnet.base.turns import waiting
from mindnet.database.statements import ask, stored_moment
from mindnet.database.threads import run
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms import voice
from rooms.in_force import restriction_on
from rooms.models import PUBLIC_KINDS, Kind, Restriction, Room
from rooms.restrictions import refusal

REACTIONS_PER_MESSAGE = 20  # different emoji on one message

# iv, 48 bytes and the tag of AES-256-GCM: 102 characters.
TOKEN_BYTES = 12 + 48 + 16

GATHER_SECONDS = 0.5
# Reactions waiting in one process; above it who reacts hears `overloaded`.
WAITING_MOST = 5_000


class Toggle(NamedTuple):
    """What a psychic wants of an emoji on a message. What is so already changes nothing."""

    psychic_id: int
    emoji: str
    on: bool


def react(*, psychic: Psychic, message_id: int, emoji: str, on: bool) -> MessageOut:
    """Puts an emoji on a message or takes it off, from a thread: by the process's gatherer where one runs.

    Raises what the contract names, `rate_limited` above the rate, and `unavailable` without an answer within
    REPLY_SECONDS.
    """
    toggle = make_toggle(psychic=psychic, message_id=message_id, emoji=emoji, on=on)
    if running is None:
        [result] = store(message_id, [toggle])
        if isinstance(result, DomainError):
            raise result
        return result
    future = asyncio.run_coroutine_threadsafe(running.submitted(message_id, toggle), running.loop)
    try:
        with waiting():
            return future.result(codes.REPLY_SECONDS + 1)
    except TimeoutError:
        raise DomainError("unavailable", "No answer from the database. Ask again: it takes effect once.") from None


def make_toggle(*, psychic: Psychic, message_id: int, emoji: str, on: bool) -> Toggle:
    """A checked Toggle, within the psychic's rate."""
    if not is_id(message_id):
        raise not_found()
    emoji = checked_emoji(emoji)
    rates.check("REACTION_RATE", psychic.pk)
    return Toggle(psychic.pk, emoji, on)


def checked_emoji(emoji: str) -> str:
    """The emoji as Unicode's list has it, or the token of a sealed one. Raises validation_error for anything else."""
    if is_token(emoji):
        return emoji
    one = one_emoji(emoji) if EMOJI.fits(emoji) else None
    if one is None:
        raise invalid("emoji", "A reaction is one emoji, and nothing else.")
    return one


def is_token(text: str) -> bool:
    """Whether it looks like a sealed reaction: more of it only the devices of the two can know."""
    try:
        return len(unb64(text)) == TOKEN_BYTES
    except ValueError:
        return False


# Storing


def store(message_id: int, toggles: Sequence[Toggle]) -> list[MessageOut | DomainError]:
    """Carries out toggles of one message in one transaction, in order and under one number; those that come to nothing
    take none. One result a toggle: the message as it is then, or the refusal. Raises not_found where there is none."""
    with write_transaction():
        message = lock(message_id)
        psychic_ids = {toggle.psychic_id for toggle in toggles}
        rights, reactions = rights_of(message.room, psychic_ids), Reactions(message, psychic_ids)
        refusals = [refused(toggle, rights, reactions) for toggle in toggles]
        if reactions.save():
            message.has_reactions = any(reactions.counts.values())
            out = changed(message, "has_reactions")
        elif any(refusal is None for refusal in refusals):
            [out] = sync.read(Message.objects.filter(pk=message.pk))
    return [out if refusal is None else refusal for refusal in refusals]


def refused(toggle: Toggle, rights: "Rights", reactions: "Reactions") -> DomainError | None:
    """What the toggle is refused with, or None: it is carried out."""
    try:
        rights.check(toggle.psychic_id)
        if reactions.message.deleted_at:
            raise DomainError("conflict", "This message was deleted.")
        reactions.toggle(toggle)
    except DomainError as error:
        return error
    return None


MUTE = Restriction.Kind.MUTE
OPEN_ACCOUNTS = "SELECT id FROM psychics WHERE is_active AND id {ids}"
INSIDE = "SELECT psychic_id FROM room_participants WHERE room_id = %s AND is_active AND psychic_id {ids}"
MUTED = """SELECT psychic_id FROM room_restrictions WHERE room_id = %s AND kind = %s AND lifted_at IS NULL
    AND (until IS NULL OR until > %s) AND psychic_id {ids}"""


class Rights:
    """Who may react in a room, of psychics of whom it is known whether their accounts are open, whether they are in it,
    and whether they are muted there."""

    def __init__(
        self, room: Room, open_accounts: Collection[int], inside: Collection[int], muted: Collection[int]
    ) -> None:
        self.room, self.open_accounts, self.inside, self.muted = room, open_accounts, inside, muted
        session_ids = [] if self.room.session_id is None else [self.room.session_id]
        self.lock = voice.locks(session_ids, timezone.now()).get(self.room.pk) if session_ids else None

    def check(self, psychic_id: int) -> None:
        """Raises what the psychic is refused with. In everyone's room everybody may."""
        if psychic_id not in self.open_accounts:
            raise DomainError("permission_denied", "This account is closed.")
        if self.room.kind != Kind.BROADCAST:
            self.check_participation(psychic_id)
        if self.lock is not None:
            self.lock.check(psychic_id)

    def check_participation(self, psychic_id: int) -> None:
        if psychic_id not in self.inside:
            if self.room.kind in PUBLIC_KINDS and self.room.is_active:
                raise DomainError("not_participant", "Join the room first.")
            raise not_found()
        if not self.room.is_active:
            raise DomainError("room_closed", "This room has ended.")
        mute = restriction_on(self.room.pk, psychic_id, MUTE) if psychic_id in self.muted else None
        if mute:
            raise refusal(mute)


def rights_of(room: Room, psychic_ids: Collection[int]) -> Rights:
    """Those of these psychics, read in as many statements however many they are."""
    ids = list(psychic_ids)
    found = ask(
        (OPEN_ACCOUNTS, ids),
        (INSIDE, room.pk, ids),
        (MUTED, room.pk, MUTE.value, stored_moment(timezone.now()), ids),
    )
    return Rights(room, *({row[0] for row in rows} for rows in found))


class Reactions:
    """The reactions on a locked message: how many of each emoji, and those of these psychics."""

    def __init__(self, message: Message, psychic_ids: Collection[int]) -> None:
        self.message = message
        rows = Reaction.objects.filter(message=message).order_by("id")
        counts = rows.order_by("emoji").values_list("emoji").annotate(Count("id"))
        self.counts = collections.Counter(dict(counts))
        # ❤ in black and in colours is one reaction, and who was first on this message says how it is named.
        self.names = {bare(emoji): emoji for emoji in self.counts}
        theirs = rows.filter(psychic__in=psychic_ids).values_list("psychic_id", "emoji", "id")
        self.stored = {(psychic_id, emoji): id for psychic_id, emoji, id in theirs}
        self.wanted = dict.fromkeys(self.stored)  # as a set that keeps the order in which they were given

    def toggle(self, toggle: Toggle) -> None:
        emoji = self.names.setdefault(bare(toggle.emoji), toggle.emoji)
        key = (toggle.psychic_id, emoji)
        if (key in self.wanted) == toggle.on:
            return
        if toggle.on:
            self.check_kind(emoji)
            if not self.counts[emoji] and len(+self.counts) >= REACTIONS_PER_MESSAGE:
                raise invalid("emoji", f"A message carries at most {REACTIONS_PER_MESSAGE} different reactions.")
            self.wanted[key] = None
        else:
            del self.wanted[key]
        self.counts[emoji] += 1 if toggle.on else -1

    def check_kind(self, emoji: str) -> None:
        """Raises validation_error for an emoji on a sealed message, whose reactions are sealed, and for a token on
        any other."""
        is_sealed = self.message.message_type == MessageType.SEALED
        if is_token(emoji) != is_sealed:
            words = "On a sealed message a reaction is sealed too." if is_sealed else "A reaction is one emoji."
            raise invalid("emoji", words)

    def save(self) -> bool:
        """Whether anything is other than it was."""
        gone = [id for key, id in self.stored.items() if key not in self.wanted]
        new = [key for key in self.wanted if key not in self.stored]
        Reaction.objects.filter(pk__in=gone).delete()
        Reaction.objects.bulk_create(
            Reaction(message=self.message, psychic_id=psychic_id, emoji=emoji) for psychic_id, emoji in new
        )
        return bool(gone or new)


# Gathering

Waiting = tuple[Toggle, "asyncio.Future[MessageOut]"]

# The gatherer of the process's event loop, where one runs.
running: "Gatherer | None" = None


class Gatherer:
    """Takes toggles in the loop's thread (`submit`) or for any other (`submitted`), and stores those of one message
    together, at most once in GATHER_SECONDS. A message has a task as long as anything came for it lately."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.waiting: dict[int, list[Waiting]] = {}
        self.count = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.closing = asyncio.Event()

    def start(self) -> None:
        global running
        running = self

    async def stop(self) -> None:
        """Stores at once what waits."""
        global running
        if running is self:
            running = None
        self.closing.set()
        await asyncio.gather(*self.tasks)

    def submit(self, message_id: int, toggle: Toggle) -> "asyncio.Future[MessageOut]":
        """A future of the message as it is then. Raises `overloaded`."""
        if self.count >= WAITING_MOST:
            raise DomainError("overloaded", "Too much is waiting to be stored. Try again soon.", retry_after=1)
        self.count += 1
        future: asyncio.Future[MessageOut] = self.loop.create_future()
        if message_id not in self.waiting:
            self.waiting[message_id] = []
            task = self.loop.create_task(self.work(message_id))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        self.waiting[message_id].append((toggle, future))
        return future

    async def submitted(self, message_id: int, toggle: Toggle) -> MessageOut:
        return await self.submit(message_id, toggle)

    async def work(self, message_id: int) -> None:
        """Stores what has come for a message, moment after moment, until nothing came within one."""
        while taken := self.waiting[message_id]:
            self.waiting[message_id] = []
            await self.store(message_id, taken)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self.closing.wait()
        del self.waiting[message_id]

    async def store(self, message_id: int, taken: list[Waiting]) -> None:
        """Every future has its result or its refusal afterwards, whatever happens."""
        results: Sequence[MessageOut | Exception]
        try:
            results = await run(store, message_id, [toggle for toggle, _ in taken])
        except Exception as error:
            results = [error] * len(taken)
        finally:
            self.count -= len(taken)
        for (_, future), result in zip(taken, results, strict=True):
            if future.done():  # the one who asked has gone away
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
