"""The one dictionary of limits. Each can be changed by an environment variable MINDNET_<NAME>.

`settings.LIMITS` holds the values in force, `settings.LIMITS_ENFORCED` is false under MINDNET_LIMITS=off: then rates
and quotas (the entries marked RATE) are not enforced, sizes and connections per psychic still are.
Rates are token buckets kept per process: with n processes a psychic who spreads over them may get n times the rate.
What is counted by address counts the whole /64 of an IPv6 address.
"""

from typing import Any, NamedTuple


class Rate(NamedTuple):
    """A token bucket: `burst` at once, refilled at `per_second`. In the environment: MINDNET_X="burst/per_second"."""

    burst: int
    per_second: float


# Any: a number or a Rate, as the name says.
LIMITS: dict[str, Any] = {
    # name: default                      what it bounds
    "HEARTBEAT_SECONDS": 25,  # a client's ping interval, told in hello
    "FRAME_BYTES": 64 * 1024,  # one frame from a client; above: 4513
    "MESSAGE_CODE_POINTS": 4000,  # text of one message
    "MESSAGE_VERSIONS": 100,  # earlier texts kept of one message: the first, and the newest
    "SEALED_BYTES": 32 * 1024,  # one sealed envelope, or one part of keys that a device hands on to another
    "DEVICE_RATE": Rate(60, 60 / 3600),  # devices that one psychic offers, endorses and revokes, new codes included
    "DEVICE_LOG_ENTRIES": 500,  # entries of one device log: everybody who writes to its psychic reads all of it
    "HANDED_ON_PARTS": 200,  # parts of keys of earlier messages that one device is handed
    "MESSAGE_RATE": Rate(30, 5.0),  # messages of one psychic
    "REACTION_RATE": Rate(20, 0.5),  # reactions given and taken back by one psychic
    "FRAME_RATE": Rate(200, 20.0),  # frames of one socket
    "CONFIRM_RATE": Rate(100, 20.0),  # confirmations of one socket that are written one by one; more are merged
    "PAGE_RATE": Rate(120, 2.0),  # pages that one psychic opens, forms they send among them
    "SEARCH_RATE": Rate(30, 1.0),  # searches of one psychic; one counts ten more for each second that it takes
    "TYPING_RATE": Rate(1, 1 / 3),  # typing commands of one socket and room; more are answered and not passed on
    "TYPING_SECONDS": 8,  # how long typing is shown
    "PRESENCE_RATE": Rate(10, 10 / 60),  # presence.set of one psychic
    "URGENT_RATE": Rate(4, 4 / 3600),  # urgent messages of one psychic: they break into somebody's silence
    "URGENT_TWICE_SECONDS": 600,  # a second urgent message within this passes to who allows anyone twice
    "URGENT_CHOSEN": 50,  # people a psychic lets through while meditating
    "QUIET_HOURS": 14,  # entries in a psychic's recurring quiet hours
    "LOOKERS_LISTED": 100,  # more people looking at a room get counts instead of who is how
    "JOIN_RATE": Rate(20, 1.0),  # joins of one psychic
    "ENTER_RATE": Rate(120, 6.0),  # rooms one psychic enters; one with a list of 500 people counts 11 times
    "ANSWER_RATE": Rate(20, 20 / 3600),  # what one psychic says to restrictions on themselves
    "INVITATION_RATE": Rate(60, 60 / 3600),  # invitations made by one psychic
    "INVITATION_LOOK_RATE": Rate(60, 0.5),  # looks at an invitation by its code, from one address
    "ROOM_RATE": Rate(60, 60 / 3600),  # rooms made by one psychic
    "BLOCK_RATE": Rate(60, 60 / 600),  # people one psychic blocks and unblocks
    "BLOCKS_PER_PSYCHIC": 500,  # people one psychic has blocked: every page of theirs carries them
    "ROOM_CHANGE_RATE": Rate(60, 60 / 600),  # changes of rooms by one psychic; each stands in a room's log
    "ORDER_RATE": Rate(60, 1.0),  # roles and restrictions given or taken back by one psychic
    "GUIDE_RATE": Rate(30, 30 / 600),  # guides written or changed by one psychic
    "SESSION_RATE": Rate(20, 20 / 600),  # guided sessions started by one psychic
    "SITTING_RATE": Rate(20, 1.0),  # sitting, rising, asking for and passing the talking piece, of one psychic
    "GUIDES_PER_PSYCHIC": 100,  # guides of one's own
    "GUIDE_STEPS": 200,  # steps of one guide
    "GUIDE_SECONDS": 4 * 3600,  # its length
    "GUIDE_CODE_POINTS": 20_000,  # the texts of its steps together
    "PIECE_SECONDS": 180,  # how long somebody keeps the talking piece while others wait for it
    "WORD_RULES": 50,  # word rules of one room
    "WORD_RULE_STEPS": 6_000,  # instructions of RE2's programs for one room's word rules together
    "WORD_RULE_RATE": Rate(60, 60 / 600),  # word rules that one psychic makes, tries, switches and takes away
    "HELD_WAITING": 20,  # messages of one sender in one room that wait for a moderator
    "HELD_RATE": Rate(60, 1.0),  # decisions of one psychic on messages held back or marked
    "BROADCAST_RATE": Rate(6, 6 / 60),  # broadcasts of one psychic
    "REPORT_RATE": Rate(20, 20 / 3600),  # reports of one psychic
    "REMINDER_SECONDS": 600,  # between two reminders of one broadcast
    "SIGNUP_RATE": Rate(20, 20 / 3600),  # sign-ups from one address
    "REST_RATE": Rate(300, 300 / 60),  # REST requests of one psychic
    "REST_ANONYMOUS_RATE": Rate(100, 100 / 60),  # REST requests of one address without sign-in
    "HANDSHAKE_RATE": Rate(120, 120 / 60),  # handshakes of one address; this machine's own programs are left alone
    "HEAD_BYTES": 64 * 1024,  # address and headers of one request, and of a handshake; above: 431
    "HEAD_LINES": 128,  # headers of one request
    "HEAD_SECONDS": 15,  # in which they have to be here, from the connection's beginning or their own; then: 408
    "BODY_BYTES": 256 * 1024,  # body of one request, unless it is an upload of who has signed in
    "BODY_SECONDS": 30,  # how long a body may rest while it comes; then: 408
    "BODY_BYTES_PER_SECOND": 1024,  # its pace in the mean
    "ANSWER_SILENT_SECONDS": 60,  # how long a client may take nothing of an answer
    "CONNECTIONS_PER_ADDRESS": 512,  # connections of one address, or requests under way that a proxy has of it: a home
    # of a hundred people, each with a socket and what a browser keeps open beside it; our own machine is left alone
    "CONNECTIONS": 20_000,  # connections of one process together, at most what its open files leave room for
    "SOCKETS_PER_PSYCHIC": 10,  # the 11th closes the oldest: 4509
    "SOCKETS_PER_ADDRESS": 100,  # this machine's own programs are left alone
    "UPLOAD_BYTES": 10 * 1024 * 1024,  # one uploaded file; above: payload_too_large
    "UPLOADS_AT_ONCE": 4,  # requests with files of one psychic that arrive at the same time
    "UPLOAD_RATE": Rate(60, 60 / 600),  # files that one psychic puts into rooms
    "UPLOAD_QUOTA_BYTES": 1024**3,  # the files of one psychic together
    "UPLOADS_BYTES": 20 * 1024**3,  # the files of all rooms together, on this server
    "LOOSE_FILE_HOURS": 24,  # a file that no message has taken by then goes
    "FILE_RATE": Rate(600, 20.0),  # files, or parts of them, that one psychic reads
    "IMAGE_PIXELS": 40_000_000,  # width times height of an uploaded picture
    "IMAGE_SCANS": 64,  # scans of a JPEG; progressive ones have about ten
    "IMAGE_FRAMES": 500,  # frames of a picture that moves
    "MOVING_PIXELS": 100_000_000,  # width times height of one, times its frames: 4 s of a processor
    "IMAGE_SECONDS": 6,  # processor time to unpack one
    "IMAGE_MEMORY_BYTES": 1024**3,  # address space of the process that does; 40 megapixels of WebP take 0.6 GiB
    "CONFINED_AT_ONCE": 2,  # uploads worked on at a time, in processes of their own, each of somebody else
    "CONFINED_WAITING": 8,  # more that wait for their turn; above: overloaded
    "AVATAR_RATE": Rate(10, 10 / 600),  # pictures of oneself that one psychic uploads
    "ROOMS_PER_PSYCHIC": 200,  # rooms a psychic takes part in; as many mind-links that others opened, beside them
    "ROOM_PARTICIPANTS": 200,  # default of max_participants
    "ROOM_PARTICIPANTS_MAX": 5000,  # its upper bound
    "RECEIPT_PARTICIPANTS": 50,  # larger rooms get receipts by REST only
    "OUTBOX_EVENTS": 1000,  # events queued for one socket
    "OUTBOX_BYTES": 1024 * 1024,  # bytes queued for one socket
    "SLOW_SECONDS": 10,  # a full queue without progress for so long: 4008
    "QUEUE_MESSAGES": 100,  # newest messages a room pushes after hello; more by sync
    "SYNC_MESSAGES": 300,  # messages a room in one sync reply
    "SYNC_REPLY_MESSAGES": 1000,  # messages in one sync reply
    "SYNC_RATE": Rate(600, 20.0),  # rooms that one psychic asks to sync
    "SERVER_FRAME_BYTES": 256 * 1024,  # one frame from the server; more goes out as several, or is asked for again
    "RATE_STRIKES": 20,  # rate_limited replies within a minute until 4029
    "BAD_FRAME_STRIKES": 10,  # malformed frames within a minute until 4500
    "OFFLINE_GRACE_SECONDS": 10,  # offline is announced after this
    "AWAY_SECONDS": 300,  # a page that nobody touches for so long says `away`
    "HEAD_CHECK_SECONDS": 2,  # how often heads are compared with the database
    "LOGIN_FAILURES": 5,  # failed logins per name and address within 15 minutes
    "LOGIN_FAILURES_PER_ADDRESS": 30,  # failed logins per address, under whatever names, within 15 minutes
    "LOGIN_RATE": Rate(20, 20 / 600),  # right passwords of one psychic: only who knows theirs can use it up
    "LOGIN_ADDRESS_RATE": Rate(200, 200 / 600),  # right passwords from one address: hashing them is dear
    "LOGIN_DAYS": 90,  # a token or login session is over so long after the password was given, however much it is used
    "REPORT_DAYS": 180,  # reports, and what they keep of the thing reported, are deleted so long after the answer
    "LOG_DAYS": 30,  # connection logs are kept this long
}

# What MINDNET_LIMITS=off switches off.
RATES = {name for name, value in LIMITS.items() if isinstance(value, Rate)} | {
    "ROOMS_PER_PSYCHIC",
    "GUIDES_PER_PSYCHIC",
    "HELD_WAITING",
    "UPLOAD_QUOTA_BYTES",
    "SOCKETS_PER_ADDRESS",
    "CONNECTIONS_PER_ADDRESS",
    "REMINDER_SECONDS",
    "LOGIN_FAILURES",
    "LOGIN_FAILURES_PER_ADDRESS",
}
