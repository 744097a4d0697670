"""Of a mind-link: with whom it is, and whether what is said there is sealed, as its page says it before scripts do."""

from mindnet.base.errors import DomainError
from mindnet.pages.page import sentences
from mindnet.realtime.shapes import to_builtins
from presence.models import Psychic
from presence.shapes import psychic_out
from rooms.device_lists import have_devices
from rooms.links import other_of
from rooms.models import Room


def sealing(room: Room, psychic: Psychic) -> dict:
    """For the template: `other` of a mind-link, None in other rooms; who of the two `has` a device; whether it
    `is_sealed`, because both have."""
    other = other_of(room, psychic)
    if other is None:
        return {"other": None, "is_sealed": False}
    has = {"me": have_devices([psychic.pk]), "other": have_devices([other.pk])}
    return {"other": other, "has": has, "is_sealed": all(has.values())}


def told(error: DomainError) -> list[str]:
    """A refusal in sentences; one that asks for sealing, as a form that was sent without scripts can answer it."""
    if error.code in ("sealed_required", "device_list_changed"):
        return ["What is said here is sealed. That takes a browser with JavaScript."]
    return sentences(error)


def sealing_data(said: dict) -> dict | None:
    """The same for the script of the page."""
    if said["other"] is None:
        return None
    return {"other": to_builtins(psychic_out(said["other"])), "is_sealed": said["is_sealed"]}
