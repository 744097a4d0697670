"""Storing messages: group commit, one writer a process.

What arrived while the last batch was committing is the next batch (`messaging/batch.py`). After the commit the senders
have their answers, then each room is told once.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import IntegrityError

from messaging import urgent
from messaging.batch import Batch, Look, Writing, questions_for
from messaging.drafts import Draft, Letter, Stored
from mindnet.base.errors import DomainError
from mindnet.base.failpoints import failpoint
from mindnet.base.turns import waiting
from mindnet.database.group_commit import Batcher, Told
from mindnet.database.statements import ask
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes, publish
from presence.callers import Lookup, NotTheirs, by_credentials
from presence.models import Psychic

# Sends waiting in one process; above it the sender hears `overloaded`.
WAITING_MOST = 5_000
BATCH_MOST = 300
# Where several post at the same time each of them waits so long for others: twice as many are looked up and stored
# together, for four fifths of the CPU. Whoever posts alone waits for nobody.
COMPANY_SECONDS = 0.001


def commit(drafts: Sequence[Draft]) -> list[Stored | DomainError]:
    """Stores a batch in one transaction. One result a draft: Stored, or the DomainError it was refused with."""
    with write_transaction():
        results = accept_all(drafts, Look(*ask(*questions_for(drafts))))
    failpoint("after_commit")
    return results


def accept_all(drafts: Sequence[Draft], look: Look) -> list[Stored | DomainError]:
    """In its transaction, of which it is the end."""
    batch = Batch(drafts, look)
    accepted = [batch.accept(draft) for draft in drafts]
    failpoint("before_commit")
    batch.insert()
    return [batch.result(one) for one in accepted]


def commit_with_letters(items: Sequence[Draft | Letter], lookup: Lookup) -> Sequence[Stored | Exception]:
    """`commit` with letters, which are opened within the transaction. `lookup`: of whose they are. Where that has a
    guess of each, it is asked together with what the batch needs first; raises NotTheirs where one was wrong: then none
    was opened."""
    letters = unopened(items)
    with write_transaction():
        if lookup.guesses is None:
            open_letters(letters, lookup.look())
            drafts, joined = apart(items)
            answers = ask(*questions_for(drafts)) if drafts else []
        else:
            questions = questions_for(list(written(items, lookup.guesses)))
            answers = ask(*questions, *lookup.questions)
            psychics = lookup.read(answers[len(questions) :])
            if not lookup.is_right(psychics):
                raise NotTheirs
            open_letters(letters, psychics)
            drafts, joined = apart(items)
            answers = answers[: len(questions)]
        results = accept_all(drafts, Look(*answers)) if drafts else []
    failpoint("after_commit")
    return joined(results)


def written(items: Sequence[Draft | Letter], guesses: Iterable[int]) -> Iterator[Draft | Writing]:
    """Of drafts and letters who is about to write where; `guesses`: of the letters that are not open yet."""
    left = iter(guesses)
    for item in items:
        if isinstance(item, Letter) and item.draft is None:
            yield Writing(next(left), item.room_id, item.nonce)
        elif isinstance(draft := contents(item), Draft):
            yield draft


def commit_again(drafts: Sequence[Draft]) -> Sequence[Stored | DomainError]:
    """`commit`, once more where another process has stored the same nonce in the same moment."""
    try:
        return commit(drafts)
    except IntegrityError:
        return commit(drafts)


def commit_opened(items: Sequence[Draft | Letter]) -> Sequence[Stored | Exception]:
    """`commit_again`, with letters: whose they are is looked up by the writer's own connection, which has in memory
    what it has just written, and for credentials that were good before within the transaction itself."""
    if letters := unopened(items):
        lookup = Lookup([one.credential for one in letters])
        try:
            if lookup.is_known:
                return commit_with_letters(items, lookup)
            # With a credential that was never good nobody begins a transaction.
            open_letters(letters, lookup.look())
        except NotTheirs:
            open_letters(letters, by_credentials([one.credential for one in letters]))
        except IntegrityError:
            pass  # another process; the letters are open
    drafts, joined = apart(items)
    return joined(commit_again(drafts) if drafts else [])


# Letters


def unopened(items: Sequence[Draft | Letter]) -> list[Letter]:
    return [item for item in items if isinstance(item, Letter) and item.draft is None]


def open_letters(letters: Sequence[Letter], psychics: Sequence[Psychic | None]) -> None:
    for letter, psychic in zip(letters, psychics, strict=True):
        letter.open(psychic)


def contents(item: Draft | Letter) -> Draft | Exception:
    """Of a letter once it is open."""
    if isinstance(item, Draft):
        return item
    if item.draft is None:
        raise RuntimeError("still closed")
    return item.draft


Results = Sequence[Stored | DomainError]


def apart(items: Sequence[Draft | Letter]) -> tuple[list[Draft], Callable[[Results], Sequence[Stored | Exception]]]:
    """The drafts among these, letters being open, and what puts their results back among the refusals of letters."""
    opened = [contents(item) for item in items]
    drafts = [one for one in opened if isinstance(one, Draft)]

    def joined(results: Results) -> Sequence[Stored | Exception]:
        stored = iter(results)
        return [one if isinstance(one, Exception) else next(stored) for one in opened]

    return drafts, joined


def announce(_: object, results: Sequence[Stored | Exception]) -> None:
    """Tells each room of its new messages, in one publish."""
    failpoint("before_publish")
    told: dict[int, list[Stored]] = {}
    lines: dict[int, list[str]] = {}
    for result in results:
        if isinstance(result, Stored) and result.line:
            told.setdefault(result.message.room, []).append(result)
            lines.setdefault(result.message.room, []).append(result.line)
    for room_id, stored in told.items():
        senders = list({result.message.sender.id for result in stored})
        publish.numbered(room_id, stored[0].message.seq, stored[-1].message.seq, lines[room_id], senders)
        for result in stored:
            urgent.tell(result.message, result.urgent_reason, result.urgent_for)


# The writer of the process's event loop, where one runs.
running: "Writer | None" = None


class Writer:
    """Takes drafts in the loop's thread (`submit`) or from any other (`store`).

    `pace(room_id)` gives the seconds for which a message to a room may wait for others (`Hub.pace`).
    """

    def __init__(self, pace: Callable[[int], float]) -> None:
        self.pace = pace
        self.batcher: Batcher[Draft | Letter, Stored] = Batcher(
            "writer", commit_opened, announce=announce, bound=WAITING_MOST, batch=BATCH_MOST, goes_first=True
        )
        self.loop = asyncio.get_running_loop()

    def start(self) -> None:
        global running
        running = self

    async def stop(self) -> None:
        global running
        if running is self:
            running = None
        await self.batcher.close()

    def submit(self, draft: Draft) -> asyncio.Future[Stored]:
        """A future of what is stored. In the loop's thread; raises what `Batcher.submit` raises."""
        return self.batcher.submit(draft, can_wait=self.pace(draft.room_id))

    def post(self, letter: Letter, told: Told[Stored]) -> None:
        """Has `told` called with what is stored, or with why nothing is. As `submit` otherwise."""
        wait = self.pace(letter.room_id)
        if self.batcher.last_size > 1:
            wait = max(wait, COMPANY_SECONDS)
        self.batcher.tell(letter, told, can_wait=wait)

    async def submitted(self, drafts: Sequence[Draft]) -> list[Stored | BaseException]:
        """For `store`: one result or exception a draft. Raises TimeoutError after REPLY_SECONDS."""
        futures = [self.submit(draft) for draft in drafts]
        return await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), codes.REPLY_SECONDS)


def store(drafts: list[Draft]) -> Sequence[Stored | BaseException]:
    """Stores drafts from a thread without an event loop, by the process's writer where one runs.

    One result a draft: Stored, or what it was refused with. Raises `unavailable` without an answer within
    REPLY_SECONDS.
    """
    if running is None:
        results = commit_again(drafts)
        announce(drafts, results)
        return results
    future = asyncio.run_coroutine_threadsafe(running.submitted(drafts), running.loop)
    try:
        with waiting():
            return future.result(codes.REPLY_SECONDS + 1)
    except TimeoutError:
        raise DomainError("unavailable", "No answer from the database. Ask again under the same nonce.") from None
