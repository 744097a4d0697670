"""Guides: the library that comes with mindnet, and those people write for themselves.

The library is for everybody. A guide of one's own is private; shared, it is also there for those who are with its owner
in a meditation room that the owner moderates. What somebody may not see does not exist for them.
"""

import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.text import clean_text
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms.fields import STEP, STEP_KIND, STEP_SECONDS, STEP_TEXT, STEPS, checked_description, checked_name
from rooms.models import Guide, GuideQuerySet
from rooms.timeline import BELL, Step, end_of, length

# Times are kept to the millisecond.
DECIMALS = 3


# Reading


def list_guides(*, psychic: Psychic, whose: str | None = None, is_shared: bool | None = None) -> GuideQuerySet:
    """The guides this psychic may use. `whose`: mine, library or shared (by others)."""
    guides = Guide.objects.visible_to(psychic)
    if whose == "mine":
        guides = guides.filter(owner=psychic)
    elif whose == "library":
        guides = guides.library()
    elif whose == "shared":
        guides = guides.exclude(owner=None).exclude(owner=psychic)
    if is_shared is not None:
        guides = guides.filter(is_shared=is_shared)
    return guides


def get_guide(*, psychic: Psychic, guide_id: int) -> Guide:
    """Raises not_found for what they may not see."""
    guide = Guide.objects.visible_to(psychic).filter(pk=guide_id).first() if is_id(guide_id) else None
    if guide is None:
        raise not_found()
    return guide


def own_guide(psychic: Psychic, guide_id: int) -> Guide:
    """One's own guide, to change it: somebody else's is not there, or not theirs to change."""
    guide = get_guide(psychic=psychic, guide_id=guide_id)
    if guide.owner_id != psychic.pk:
        raise DomainError("permission_denied", "Only who wrote a guide changes it. Copy it to make it your own.")
    return guide


# Writing


def create_guide(*, psychic: Psychic, name: str, steps: Any, description: str = "", shared: bool = False) -> Guide:
    """Raises validation_error, `rate_limited`, and `conflict` at GUIDES_PER_PSYCHIC."""
    fields = checked(name=name, steps=steps, description=description, shared=shared)
    rates.check("GUIDE_RATE", psychic.pk)

    with write_transaction():
        owner = within_quota(psychic)
        return Guide.objects.create(owner=owner, **fields)


def update_guide(*, psychic: Psychic, guide_id: int, **changes: Any) -> Guide:
    """Changes name, description, steps or sharing. Sessions that run go on as they began."""
    own_guide(psychic, guide_id)
    fields = checked(**changes)
    rates.check("GUIDE_RATE", psychic.pk)

    with write_transaction():
        Guide.objects.filter(pk=guide_id, owner=psychic).update(updated_at=timezone.now(), **fields)
    return get_guide(psychic=psychic, guide_id=guide_id)


def delete_guide(*, psychic: Psychic, guide_id: int) -> None:
    """One's own. Sessions that run go on as they began."""
    own_guide(psychic, guide_id)

    with write_transaction():
        Guide.objects.filter(pk=guide_id, owner=psychic).delete()


def within_quota(psychic: Psychic) -> Psychic:
    """The psychic's row, locked, so that two at once are counted one after the other."""
    owner = Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
    most = settings.LIMITS["GUIDES_PER_PSYCHIC"]
    if settings.LIMITS_ENFORCED and Guide.objects.filter(owner=owner).count() >= most:
        raise DomainError("conflict", f"You have {most} guides, and that is the most. Delete one first.")
    return owner


# What is asked of a guide


def checked(**fields: Any) -> dict[str, Any]:
    """The columns for what was given."""
    rules: dict[str, Callable[[Any], dict[str, Any]]] = {
        "name": lambda name: {"name": checked_name(name, of="guide")},
        "description": lambda text: {"description": checked_description(text)},
        "steps": lambda steps: {"steps": checked_steps(steps)},
        "shared": lambda shared: {"is_shared": bool(shared)},
    }
    columns: dict[str, Any] = {}
    for name, value in fields.items():
        columns |= rules[name](value)
    return columns


def checked_steps(steps: Any) -> list[Step]:
    """The steps as they are stored. Raises validation_error with the number of the step that is wrong."""
    if not isinstance(steps, list) or not STEPS.fits(steps):
        raise invalid("steps", f"A guide has from 1 to {settings.LIMITS['GUIDE_STEPS']} steps.")
    result: list[Step] = []
    end: float = 0
    for number, step in enumerate(steps, 1):
        step = checked_step(step, number)
        if step["at"] < end:
            raise wrong(number, "begins before the one above it has ended. Steps stand in order and do not overlap.")
        end = end_of(step)
        result.append(step)
    check_sum(result)
    return result


def check_sum(steps: list[Step]) -> None:
    """Raises validation_error where all steps together are too long, in time or in text."""
    longest, most = settings.LIMITS["GUIDE_SECONDS"], settings.LIMITS["GUIDE_CODE_POINTS"]
    if not 1 <= length(steps) <= longest:
        raise invalid("steps", f"A guide lasts from 1 second to {longest / 3600:g} hours.")
    if sum(len(step["text"]) for step in steps) > most:
        raise invalid("steps", f"The texts of a guide have at most {most} characters together.")


def checked_step(step: Any, number: int) -> Step:
    """A step as it is stored, `number` counted from 1 for the refusal."""
    if not isinstance(step, dict) or not STEP.fits(step):
        raise wrong(number, "has `at` and `kind`, perhaps `text` and `seconds`, and nothing else.")
    kind, text = step["kind"], step.get("text", "")
    if not STEP_KIND.fits(kind):
        raise wrong(number, f"has a kind that is not one of {', '.join(STEP_KIND.of)}.")
    at = checked_time(step["at"], number)
    seconds = checked_time(step.get("seconds", 0), number)
    if not seconds and kind != BELL:
        raise wrong(number, "takes no time. Only a bell may.")
    return {"at": at, "kind": kind, "text": checked_text(text, number), "seconds": seconds}


def checked_time(value: Any, number: int) -> float:
    """Seconds, to the millisecond. JSON's true is no number, and NaN is none either."""
    is_number = type(value) is int or (type(value) is float and math.isfinite(value))
    if not is_number or not STEP_SECONDS.fits(value):
        raise wrong(number, f"has a time that is not between 0 and {settings.LIMITS['GUIDE_SECONDS']} seconds.")
    value = round(value, DECIMALS)
    return int(value) if value == int(value) else value


def checked_text(text: Any, number: int) -> str:
    if not isinstance(text, str):
        raise wrong(number, "has words that are no text.")
    try:
        cleaned = clean_text(text).strip()
    except ValueError as error:
        raise wrong(number, f"has words that cannot be kept. {error}") from None
    if not STEP_TEXT.fits(cleaned):
        raise wrong(number, f"has more than {STEP_TEXT.most} characters.")
    return cleaned


def wrong(number: int, what: str) -> DomainError:
    return invalid("steps", f"Step {number} {what}")
