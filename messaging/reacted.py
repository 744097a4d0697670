"""Reactions to messages, as they are read with them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from mindnet.database.statements import Question, Row, ask

# So many ids an emoji are told with a message; where there are more, their number stands beside them.
NAMED = 100


class Reactions(NamedTuple):
    """Of one message, by emoji: the ids of those who reacted, and how many where not all of them are named."""

    psychics: dict[str, list[int]]
    counts: dict[str, int]


NONE = Reactions({}, {})


# Of each message and emoji the first so many, in the order in which they were given. A message to a crowd is told again
# with every reaction, and must not grow with those it has.
ALL = """SELECT message_id, emoji, psychic_id, count FROM (
    SELECT id, message_id, emoji, psychic_id, ROW_NUMBER() OVER (PARTITION BY message_id, emoji ORDER BY id) AS rank,
        COUNT(*) OVER (PARTITION BY message_id, emoji) AS count FROM message_reactions WHERE message_id {ids}
) AS ranked WHERE rank <= %s ORDER BY id"""


# All of them where there are no more than FEW, in a third of the time. Without an order: to have so many in order
# PostgreSQL would walk along the ids of all reactions that there are.
SOME = "SELECT id, message_id, emoji, psychic_id FROM message_reactions WHERE message_id {ids} LIMIT %s"
FEW = 200


def question_for(message_ids: Sequence[int]) -> Question:
    """What `reactions_in` reads."""
    return SOME, list(message_ids), FEW + 1


def reactions_in(rows: Sequence[Row], message_ids: list[int]) -> dict[int, Reactions]:
    """Who has reacted to these messages, by message, emoji and person, of rows of SOME, of which there may be
    one more than FEW."""
    if len(rows) > FEW:
        [counted] = ask((ALL, message_ids, NAMED))
    else:
        numbers = Counter([(message_id, emoji) for _, message_id, emoji, _ in rows])
        counted = [(*row[1:], numbers[row[1], row[2]]) for row in sorted(rows)]
    found: dict[int, Reactions] = {}
    for message_id, emoji, psychic_id, count in counted:
        reactions = found.setdefault(message_id, Reactions({}, {}))
        named = reactions.psychics.setdefault(emoji, [])
        if count > NAMED:
            reactions.counts[emoji] = count
        if len(named) < NAMED:
            named.append(psychic_id)
    return found
