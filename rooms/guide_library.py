"""The guides that come with mindnet. Written here, kept in the table by `keep_library` after every migration.

Texts that begin with a rhythm such as `4-4-4-4` tell the page how to breathe: in, hold, out, rest, in seconds.
"""

from typing import Any, NamedTuple

from rooms.timeline import Step

MINUTE = 60


class Part(NamedTuple):
    """What lasts some seconds, whenever it begins."""

    kind: str
    text: str
    seconds: float


class Written(NamedTuple):
    """A guide of the library."""

    name: str
    description: str
    parts: list[Part]


def bell(text: str = "", seconds: float = 0) -> Part:
    return Part("bell", text, seconds)


def prompt(text: str, seconds: float) -> Part:
    return Part("prompt", text, seconds)


def breath(text: str, seconds: float) -> Part:
    return Part("breath", text, seconds)


def silence(seconds: float, text: str = "") -> Part:
    return Part("silence", text, seconds)


def sharing(text: str, seconds: float) -> Part:
    return Part("sharing", text, seconds)


def steps_of(parts: list[Part]) -> list[Step]:
    """Parts one after the other, each beginning where the one before it ends."""
    steps: list[Step] = []
    at: float = 0
    for kind, text, seconds in parts:
        steps.append({"at": at, "kind": kind, "text": text, "seconds": seconds})
        at += seconds
    return steps


def with_bells(times: int, seconds: float, text: str) -> list[Part]:
    """Silence in equal stretches, with a bell between them."""
    parts = [silence(seconds, text)]
    for _ in range(times - 1):
        parts += [bell(), silence(seconds, text)]
    return parts


# By their slugs.
LIBRARY = {
    "short-reset": Written(
        "A short reset",
        "Three minutes between two things. Nothing to know, nothing to get right.",
        [
            bell("Put down what you were doing.", 8),
            prompt("Let your hands rest. Feel where the chair or the floor carries you.", 22),
            breath("4-6 Let the breath out be a little longer than the breath in.", 90),
            prompt("Let the breath go as it likes. Listen: what is the farthest sound?", 30),
            prompt("What is the next thing that matters? Only that one.", 25),
            bell("Go on from here.", 5),
        ],
    ),
    "box-breathing": Written(
        "Box breathing",
        "Five minutes along the four sides of a square: in, hold, out, rest, each for four counts.",
        [
            bell("Sit upright, shoulders low.", 8),
            prompt("We breathe along the sides of a square. If a side is too long for you, make it shorter.", 20),
            breath("3-3-3-3 A small square first.", MINUTE),
            breath("4-4-4-4 A square of four.", 192),
            prompt("Let the square go. Breathe as it comes.", 25),
            bell("Thank you.", 5),
        ],
    ),
    "body-scan": Written(
        "Body scan",
        "Fifteen minutes through the body, from the feet to the crown. Lying down is fine.",
        [
            bell("Lie or sit so that nothing has to be held.", 10),
            breath("4-7 With every breath out, become a little heavier.", 80),
            prompt("The feet. Toes, soles, heels. Warm or cool? There is nothing to change.", 70),
            prompt("The lower legs and the knees. Feel them from inside.", 60),
            prompt("The thighs, and where they touch what carries you.", 60),
            prompt("The hips and the belly. The belly moves by itself.", 75),
            prompt("The back, from below upwards, one hand's breadth after another.", 90),
            prompt("The chest. The heart is working for you, as it always has.", 70),
            prompt("The hands. Every finger for itself. Then the arms, up to the shoulders.", 75),
            prompt("Neck and throat. Let the tongue lie.", 50),
            prompt("The face: jaw, cheeks, eyes, forehead. Nobody is looking.", 70),
            silence(150, "The whole body, breathing."),
            prompt("Move the fingers, the toes. Stretch, if you feel like it.", 30),
            bell("Come back in your own time.", 10),
        ],
    ),
    "loving-kindness": Written(
        "Loving-kindness",
        "Twelve minutes of wishing well, in widening circles, and a round to share what came up.",
        [
            bell("Sit as one sits with a friend.", 10),
            breath("4-6 Breathe into the middle of the chest.", MINUTE),
            prompt("Somebody whom it is easy to love. See their face. May you be well. May you be safe.", 90),
            prompt("You yourself. May I be well. May I be safe. May I be at ease.", 90),
            prompt("Somebody you hardly know: from the shop, the stairs, the bus. May you be well.", 75),
            prompt("Somebody it is hard with. Only as far as you can today. May you, too, be at ease.", 90),
            prompt("All who sit here now. All in this town. All who breathe.", 75),
            silence(90, "Rest in that."),
            bell("The circle opens.", 5),
            sharing("What was easy, what was hard? Take the piece, say a sentence or two, pass it on.", 150),
            bell("May it go well with you.", 5),
        ],
    ),
    "silent-sitting": Written(
        "Silent sitting, 20 minutes",
        "Silence with a bell every five minutes: to begin again each time.",
        [
            bell("Find your seat.", 10),
            prompt("We sit for twenty minutes. When you notice that you were away, begin again.", 20),
            bell(),
            *with_bells(4, 5 * MINUTE, "Sitting."),
            bell("The sitting has ended. Bow, or stretch.", 10),
        ],
    ),
    "silent-sitting-long": Written(
        "Silent sitting, 40 minutes",
        "The longer sitting: a bell every ten minutes, and a round at the end for who wants to speak.",
        [
            bell("Find your seat.", 15),
            prompt("Forty minutes. There is nowhere else to be.", 15),
            bell(),
            *with_bells(4, 10 * MINUTE, "Sitting."),
            bell("The sitting has ended.", 10),
            sharing("Who wants to say something takes the piece. It may also stay silent.", 5 * MINUTE),
            bell("Thank you for sitting together.", 5),
        ],
    ),
    "walking": Written(
        "Walking",
        "Ten minutes on your feet. Take the phone along with its sound on, or walk a few steps to and fro.",
        [
            bell("Stand. Feel both feet.", 15),
            prompt("Begin to walk, slower than usual, without going anywhere.", 45),
            prompt("Lifting, moving, placing. One foot, then the other.", 120),
            bell("A little slower still.", 5),
            prompt("Let the eyes be soft. Let what you see come to you.", 120),
            bell("Now at your own pace.", 5),
            prompt("How many steps does one breath take? In, and out.", 150),
            prompt("Hear what is around you while the feet go on.", 90),
            prompt("Come to a stand. Feel that the ground is still.", 40),
            bell("Arrived.", 10),
        ],
    ),
}


def keep_library(Guide: Any, using: str) -> None:
    """Makes the table say what stands above; what is so already is left alone."""
    guides = Guide.objects.using(using)
    known = {guide.slug: guide for guide in guides.filter(slug__in=LIBRARY)}
    for slug, (name, description, parts) in LIBRARY.items():
        fields = {"name": name, "description": description, "steps": steps_of(parts)}
        guide = known.get(slug)
        if guide is None:
            guides.get_or_create(slug=slug, defaults=fields)
        elif any(getattr(guide, column) != value for column, value in fields.items()):
            guides.filter(pk=guide.pk).update(**fields)
