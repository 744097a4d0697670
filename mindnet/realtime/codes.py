"""Numbers of the contract: its version, its close codes, and the bounds that both sides know."""

PROTOCOL_VERSION = 1
TRANSPORT_LIMIT_BYTES = 256 * 1024  # above: the server library's own 1009
REPLY_SECONDS = 10  # every command has its reply by then

# Close codes. 4000–4499: reconnect after `retry_after`; 4500–4999: do not.
RESTART = 1012
SLOW_CONSUMER = 4008
RATE_LIMITED = 4029
BAD_FRAMES = 4500
SESSION_ENDED = 4501
DISCONNECTED = 4503
BANNED = 4504
REPLACED = 4509
FRAME_TOO_LARGE = 4513

CLOSE_NAMES = {
    RESTART: "restart",
    SLOW_CONSUMER: "slow_consumer",
    RATE_LIMITED: "rate_limited",
    BAD_FRAMES: "bad_frames",
    SESSION_ENDED: "session_ended",
    DISCONNECTED: "disconnected",
    BANNED: "banned",
    REPLACED: "replaced",
    FRAME_TOO_LARGE: "frame_too_large",
}


def may_reconnect(code: int) -> bool:
    """Whether a client that was closed with this code comes back by itself."""
    return code == RESTART or 4000 <= code < 4500
