"""What was said in a room, as its page shows it: the messages, and what stands between them and beside each."""

from typing import NamedTuple

from mindnet.realtime.shapes import MessageOut
from mindnet.realtime.told import Told

# Two messages of one sender stand in one group when they are no further apart than this.
GROUP_SECONDS = 300


class Said(NamedTuple):
    """The messages of a page (`told`) with all that they are drawn from, and no more of the reader than they see in
    it: most of those who look at a room see the same.

    `own`: the reader's id, where one of them is theirs. `meant`: their id and name, where one means them. `line`: the
    number of the first that is new to them. `hidden`: those in it whom they have blocked. `pictures`: the keys of those
    who have one. `asked`: what asks them for an acknowledgement, and whether they have given it."""

    told: Told[list[MessageOut]]
    quoted: list[MessageOut]
    own: int | None
    meant: tuple[int, str] | None
    line: int | None
    hidden: list[int]
    pictures: dict[int, str]
    asked: dict[int, bool]

    def items(self):
        """The messages, each with what is drawn with it; of a stretch of what is hidden one for all."""
        return folded(as_items(self), self.hidden)


def said_in(told, *, viewer, read_seq, hidden, quoted, pictures, asked):
    """`read_seq`: up to where the viewer has read, None for who only looks in. `hidden`: whom they have blocked."""
    own, shown = viewer.pk, told.value
    senders = {message.sender.id for message in shown}
    is_meant = any(own in message.mentions for message in shown)
    return Said(
        told=told,
        quoted=quoted,
        own=own if own in senders else None,
        meant=(own, viewer.username) if is_meant else None,
        line=None if read_seq is None else first_new(shown, read_seq, {own, *hidden}),
        hidden=sorted(hidden.intersection(senders.union([message.sender.id for message in quoted]))),
        pictures={key: pictures[key] for key in sorted(senders) if pictures.get(key)},
        asked=asked,
    )


def first_new(shown, read_seq, unheard):
    """The number of the first message that is new, of others than these; None without one."""
    if not shown or shown[-1].seq <= read_seq:
        return None
    new = (one.seq for one in shown if one.seq > read_seq and one.sender.id not in unheard and not one.deleted)
    return next(new, None)


def folded(items, hidden):
    """The items, with what comes from these people put together, one entry for each stretch of it on one day. The
    scripts do the same (view/message_list.js)."""
    found = []
    for item in items:
        message = item["message"]
        item["is_quote_hidden"] = item["quote"] is not None and item["quote"].sender.id in hidden
        if message.sender.id not in hidden:
            found.append(item)
        elif found and found[-1]["folded"] and not item["day"]:
            found[-1]["folded"].append(item)
        else:
            found.append({"folded": [item], "day": item["day"]})
            item["day"] = None
    return found


def as_items(said):
    """Messages with what is drawn beside each: day and new-message lines, grouping, the one it answers, which is among
    them or among those quoted."""
    shown = said.told.value
    held = {message.id: message for message in [*shown, *said.quoted]}
    previous = None
    for message in shown:
        day = None if previous and previous.timestamp.date() == message.timestamp.date() else message.timestamp
        is_line = message.seq == said.line
        yield {
            "message": message,
            "day": day,
            "line": is_line,
            "own": message.sender.id == said.own,
            "first": bool(day) or is_line or not same_group(previous, message),
            "quote": held.get(message.reply_to),
            "folded": None,
        }
        previous = message


def same_group(previous, message):
    apart = (message.timestamp - previous.timestamp).total_seconds()
    return previous.sender.id == message.sender.id and apart <= GROUP_SECONDS
