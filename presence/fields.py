"""What is asked of a psychic's name, words and choices: `presence.accounts`, `.profiles`, `.services` and the others
check by these rules and word the refusal."""

from mindnet.base import rules
from presence.models import USERNAME_PATTERN, Meditation, Status

# JSON Schema has no \Z: there $ is the end and nothing else.
USERNAME = rules.Text(3, 30, pattern=USERNAME_PATTERN.replace(r"\Z", "$"), example="ada")
# The most, since hashing is work for the server; the least is that of Django's validator.
PASSWORD = rules.Text(8, 200, format="password", example="open the third eye")
# What is given to sign in: wrong is wrong, whatever it looks like.
GIVEN_NAME = rules.Text(example="ada")
GIVEN_PASSWORD = rules.Text(format="password", example="open the third eye")

# Profiles

DISPLAY_NAME = rules.Text(most=80, example="Ada of the Lake")
BIO = rules.Text(most=2000, example="Clear on most nights.")
ABILITY = rules.Text(most=40, example="telepathy")
ABILITIES = rules.Many(ABILITY, most=20, says="No ability has a comma in it.")
PICTURE = rules.Text(format="binary", says="JPEG, PNG, WebP or GIF.")

# The directory

SEARCH = rules.Text(most=80, example="lake", says="Part of a name, display name or ability.")
IDS = rules.Text(pattern="^[0-9]{1,18}(,[0-9]{1,18}){0,99}$", example="7,12", says="Ids with commas between them.")

# Presence

STATUS = rules.choice(Status.values, example="online")
CHOSEN_STATUS = rules.choice((status for status in Status.values if status != Status.OFFLINE), example="away")
NOTE = rules.Text(most=140, example="back at noon")
UNTIL = rules.Text(format="date-time", example="2030-01-31T18:00:00Z", says="Its end by itself, within a week.")
URGENT_FROM = rules.choice(Meditation.UrgentFrom.values, example="chosen")
CHOSEN = rules.Many(USERNAME, most="URGENT_CHOSEN", says="Who gets through, under `chosen`.")
TIME_ZONE = rules.Text(example="Europe/Berlin", says="An IANA time zone.")

# Quiet hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUIET_DAYS = rules.Many(rules.choice(DAYS), least=1, example=["mon", "tue"], says="Those on which they begin.")
CLOCK = rules.Text(pattern="^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example="22:00")
QUIET_ENTRY = rules.Record({"days": QUIET_DAYS, "from": CLOCK, "to": CLOCK}, ("days", "from", "to"))
QUIET_HOURS = rules.Many(QUIET_ENTRY, most="QUIET_HOURS", says="They must not overlap.")

# What operators say

DISCONNECT_REASON = rules.Text(most=200, example="Flooding.", says="Whom it concerns will read it.")
BAN_MINUTES = rules.Number(1, 10 * 366 * 24 * 60, example=60, says="They may not connect for so long.")
CONNECTION_ID = rules.Text(format="uuid", example="0b8f2a52-6a0e-4c52-9d5e-1f6a5b1c9e77")
