"""What is asked of a message and what belongs to it: `messaging.services`, `.urgent` and `.search` check by these rules
and word the refusal."""

from messaging.models import Attachment, MessageType
from mindnet.base import rules

# What psychics post themselves; the others come from the server and from operators.
POSTED_TYPES = (MessageType.TEXT, MessageType.IMAGE, MessageType.FILE, MessageType.SEALED)

TEXT = rules.Text(1, "MESSAGE_CODE_POINTS", example="The stars are in order.")
# A sealed envelope is bounded in bytes, and longer than any text: no length in characters fits both.
CONTENT = rules.Text(
    example="The stars are in order.",
    says="How long it may be, the socket's `hello` says. Only the types `image` and `file` may be without.",
)
MESSAGE_TYPE = rules.choice(POSTED_TYPES, example="text")
NONCE = rules.Text(
    format="uuid",
    example="9f2c1f7e-0000-4000-8000-000000000001",
    says="The client's choice. A retry posts nothing twice.",
)
REPLY_TO = rules.Number(example=4711, says="The id of a message in the same room.")
ATTACHMENT = rules.Text(format="uuid", example="5f0f4e0c-27a1-4f7e-8a55-0d7f1d0f7c11")
ATTACHMENTS = rules.Many(ATTACHMENT, most=20)
FILE = rules.Text(format="binary", says="A file of at most 10 MiB, unless the operator has set another limit.")
ATTACHMENT_KIND = rules.choice(Attachment.Kind.values, example="image", says="Only files of this kind.")
URGENT = rules.Flag(says="It shall reach those who meditate at once, where they allow it.")
URGENT_REASON = rules.Text(1, 200, example="The house is on fire.", says="Why it cannot wait; only with `urgent`.")
SEQ = rules.Number(0, example=57, says="The number of a change in the room.")
UNREAD_FROM = rules.Number(1, example=50, says="A number of the room: from it on all is unread.")
EMOJI = rules.Text(
    1,
    102,
    example="🔮",
    says="One emoji of Unicode's list; on a sealed message a token of 102 characters.",
)

# Broadcasts

BROADCAST_ROOMS = rules.Many(rules.Number(example=12), least=1, most=100, says="Left out, it goes to everyone.")
REQUIRE_ACK = rules.Flag(says="Those who see it are asked to acknowledge it.")

# Reports

REPORT_MESSAGE = rules.Number(example=4711, says="The id of a message.")
REPORT_ROOM = rules.Number(example=12, says="The id of a room.")
REPORT_INVITATION = rules.Number(example=33, says="The id of an invitation that names you.")
REPORT_REASON = rules.Text(1, 1000, example="This is a threat.", says="What is wrong with it: the operators read it.")
REPORT_ANSWER = rules.Text(1, 1000, example="Thank you. The message is gone.", says="The reporter reads it.")

# Messages held back

LET_THROUGH = rules.Flag(says="Whether it is said. If not, its sender reads the reason.")
REFUSAL_REASON = rules.Text(1, 200, example="Not here, please.", says="Its sender will read it; only where refused.")

# Searches

QUERY = rules.Text(
    1,
    100,
    example='stars "full moon" from:ada',
    says="Words, or parts of words, all of which are there, whatever their case and accents; words in quotation marks"
    " stand together, and one behind a minus is not there. `from:`, `in:`, `has:`, `mentions:`, `before:` and `after:`"
    " do what the parameters do; `in:` takes a part of a room's name, or its id as in `in:#12`.",
)
SEARCHED_KIND = rules.choice(("file", "image", "link"), example="link", says="What the message has.")
SEARCHED_DAY = rules.Text(example="2026-11-01", says="A day (from its beginning in UTC) or a moment, as in ISO 8601.")
