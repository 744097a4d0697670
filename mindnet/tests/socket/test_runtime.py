"""What runs beside the sockets is put together as it should be."""

import pytest

from mindnet.base.limits import LIMITS, Rate
from mindnet.socket.runtime import TOLD_RATES, Runtime, limits

pytestmark = pytest.mark.once


async def test_messages_are_stored_at_the_pace_of_their_room():
    runtime = Runtime()
    assert runtime.writer.pace == runtime.hub.pace


def test_hello_names_every_rate_that_can_refuse_a_command():
    """Of the others one merges, one drops what nobody misses, and the rest are met at other doors."""
    elsewhere = {
        "CONFIRM_RATE", "INVITATION_RATE", "INVITATION_LOOK_RATE", "ROOM_RATE", "ROOM_CHANGE_RATE", "ORDER_RATE",
        "ANSWER_RATE", "BLOCK_RATE", "WORD_RULE_RATE", "HELD_RATE", "REPORT_RATE", "GUIDE_RATE", "SIGNUP_RATE",
        "REST_RATE", "REST_ANONYMOUS_RATE", "HANDSHAKE_RATE", "AVATAR_RATE", "UPLOAD_RATE",
        "FILE_RATE", "DEVICE_RATE", "PAGE_RATE", "SEARCH_RATE", "LOGIN_RATE", "LOGIN_ADDRESS_RATE",
    }  # fmt: skip
    on_the_socket = {name for name, value in LIMITS.items() if isinstance(value, Rate)} - elsewhere
    assert {f"{name.upper()}_RATE" for name in TOLD_RATES} == on_the_socket
    told = limits()
    assert (told["message_burst"], told["messages_per_second"]) == LIMITS["MESSAGE_RATE"]
    assert (told["frame_burst"], told["frames_per_second"]) == LIMITS["FRAME_RATE"]
    assert (told["rate_strikes"], told["bad_frame_strikes"]) == (20, 10)
