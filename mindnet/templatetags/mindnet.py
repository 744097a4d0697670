"""Tags and filters of the pages: scripts and icons, people and times.

`{% module "pages/room.js" %}` prints an import map with the names static files have after `collectstatic`, a preload
for every module the page will ask for, and the script itself. Modules import each other by relative path: the map's
keys are those paths, so the same files run unmapped in Node. What is brought by `import("./name.js")` when it is first
used is in the map, and not preloaded. A preload carries no nonce: the policy lets in whatever is our own.
"""

import functools
import json
import re
from datetime import datetime
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from messaging import reports
from messaging.markup import parse, plain
from messaging.models import MessageType
from mindnet.base.moments import ago
from mindnet.templatetags.attachments import files_in_words
from mindnet.templatetags.drawn import MARKS, in_pieces, in_place
from presence import avatars

register = template.Library()
register.filter(ago)

SCRIPTS = Path(__file__).resolve().parent.parent / "static" / "mindnet" / "js"
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.{1,2}/[^"']+)["'];""", re.MULTILINE)
LATER = re.compile(r"""\bimport\(["'](\.{1,2}/[^"']+)["']\)""")
HUES = 8


def in_production(function):
    """Remembers results, unless DEBUG is on and files change."""
    cached = functools.lru_cache(maxsize=None)(function)
    return functools.wraps(function)(lambda *args: function(*args) if settings.DEBUG else cached(*args))


@in_production
def modules_of(entry, later=False):
    """Names of the entry and of everything it imports, directly or not, nearest first; `later`: and of what any of
    these bring when it is first used."""
    patterns = (IMPORT, LATER) if later else (IMPORT,)
    # A SafeString, as templates pass it, is no str to pathlib; the sum is one.
    found, queue = [], [SCRIPTS / (entry + "")]
    while queue:
        path = queue.pop(0)
        if path not in found:
            found.append(path)
            text = path.read_text()
            queue += [(path.parent / name).resolve() for pattern in patterns for name in pattern.findall(text)]
    return [f"mindnet/js/{path.relative_to(SCRIPTS).as_posix()}" for path in found]


@in_production
def import_map(entry):
    """Path of each module as it is imported -> its path as it is served."""
    served = {settings.STATIC_URL + name: static(name) for name in modules_of(entry, True)}
    changed = {name: url for name, url in served.items() if name != url}
    return json.dumps({"imports": changed}, separators=(",", ":")).replace("<", "\\u003c")


@register.simple_tag(takes_context=True)
def module(context, entry):
    return in_place(context, elements_of(entry))


@in_production
def elements_of(entry):
    """What `module` prints for everybody, in pieces, between which the answer's own nonce comes."""
    first, *rest = (static(name) for name in modules_of(entry))
    return in_pieces(format_html(
        '<script type="importmap" nonce="{0}">{1}</script>{2}<script type="module" src="{3}" nonce="{0}"></script>',
        MARKS["csp_nonce"],
        mark_safe(import_map(entry)),  # noqa: S308 (JSON of our own file names)
        format_html_join("", '<link rel="modulepreload" href="{}">', ((url,) for url in rest)),
        first,
    ))  # fmt: skip


@register.simple_tag
@functools.cache
def icon(name):
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"></use></svg>', name)


# Class beside "avatar", side in px as the style sheet has it, and whether the small picture is enough there.
AVATAR_SIZES = {"": (34, True), "medium": (52, True), "large": (96, False)}


@register.simple_tag(takes_context=True)
def avatar(context, person, size=""):
    """A psychic's initial and, where the context's `avatars` ({id: key}) or the row names one, the picture over it.

    The scripts draw the same. The picture is decoration: the name stands beside it.
    """
    if not isinstance(person, dict):
        person = {name: getattr(person, name, None) for name in ("id", "username", "avatar")}
    key = person.get("avatar")
    key = context.get("avatars", {}).get(person["id"]) if key is None else key
    return picture(person["id"], person["username"], key or "", size, get_script_prefix())


@functools.lru_cache(maxsize=4096)
def picture(psychic_id, username, key, size, prefix):
    """`key`: "" where there is none. `prefix`: what addresses depend on."""
    side, small = AVATAR_SIZES[size]
    image = ""
    if key:
        url = avatars.url(username, key, small=small)
        image = format_html('<img src="{}" width="{}" height="{}" alt="" decoding="async">', url, side, side)
    return format_html(
        '<span class="{}" aria-hidden="true" data-psychic="{}">{}{}</span>',
        " ".join(filter(None, ["avatar", size, hue(psychic_id)])), psychic_id, initial(username), image,
    )  # fmt: skip


@register.filter
def clock(text):
    """Day and time of a moment as the data of a page has it."""
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "j M H:i") if text else ""


@register.filter
def at(mapping, key):
    """What stands under a key that is no word."""
    return mapping.get(key)


@register.filter
def hue(psychic_id):
    """The class of a psychic's colour. The scripts compute the same."""
    return f"hue-{int(psychic_id) % HUES}"


@register.filter
def initial(username):
    return username[:1].upper()


@register.filter
def snippet(message):
    """One line of a message, without marks, for where it is quoted."""
    if message.deleted:
        return "deleted"
    if message.message_type == MessageType.SEALED:
        return "Sealed message"
    words = plain(parse(message.content))
    said = words if words or not message.attachments else files_in_words(message.attachments)
    text = " ".join(said.split())
    return text if len(text) <= 120 else text[:119] + "…"


@register.simple_tag
def open_reports():
    """How many reports wait for an operator."""
    return reports.count_open()
