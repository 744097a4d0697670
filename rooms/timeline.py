"""Where a guided session is: computed from its start and a clock. No I/O, no models; the page computes the same in
mindnet/static/mindnet/js/client/timeline.js.

A step is `{at, kind, text, seconds}`: it begins `at` seconds after the start and lasts `seconds`. Steps stand in order
and do not overlap; between two of them there may be time in which nothing is asked. Only a bell may last no time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypedDict

BELL, PROMPT, BREATH, SILENCE, SHARING = KINDS = ("bell", "prompt", "breath", "silence", "sharing")


class Step(TypedDict):
    """`at` counts from the session's start, `seconds` is how long it lasts; both to the millisecond."""

    at: float
    kind: str
    text: str
    seconds: float


def end_of(step: Step) -> float:
    """Seconds after the session's start."""
    return step["at"] + step["seconds"]


def length(steps: Iterable[Step]) -> float:
    """Seconds from the first to the last moment."""
    return max((end_of(step) for step in steps), default=0)


class Timeline:
    """The steps of a session that began at this moment."""

    def __init__(self, steps: Sequence[Step], started_at: datetime) -> None:
        self.steps = steps
        self.started_at = started_at

    def moment(self, seconds: float) -> datetime:
        return self.started_at + timedelta(seconds=seconds)

    def index_at(self, now: datetime) -> int | None:
        """The number of the step that lasts at this moment, or None: before, after, or between two."""
        passed = (now - self.started_at).total_seconds()
        for index, step in enumerate(self.steps):
            if step["at"] <= passed < end_of(step):
                return index
        return None

    def step_at(self, now: datetime) -> Step | None:
        index = self.index_at(now)
        return None if index is None else self.steps[index]

    def ends(self, index: int) -> datetime:
        return self.moment(end_of(self.steps[index]))

    def silent_until(self, index: int) -> datetime:
        """When the silence of this step ends, those that follow without a pause included, and the bells between."""
        end = end_of(self.steps[index])
        for step in self.steps[index + 1 :]:
            if step["at"] > end or not (step["kind"] == SILENCE or (step["kind"] == BELL and not step["seconds"])):
                break
            end = end_of(step)
        return self.moment(end)

    def first_sharing(self) -> datetime | None:
        """When people are to hear each other again, or None."""
        return next((self.moment(step["at"]) for step in self.steps if step["kind"] == SHARING), None)
