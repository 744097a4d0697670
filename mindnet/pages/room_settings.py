"""A room's settings: a form of all of them for its owners, the same in words for all others; and the room's end."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from messaging import retention
from mindnet.base.errors import DomainError
from mindnet.base.ids import whole_number
from mindnet.base.rules import most_of
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, shown_name
from mindnet.pages.settings_fields import FIELDS, NUMBERS, options_of, sections_for
from rooms import ending, house_rules, lookups, services
from rooms.models import Role

# What the form had when it was drawn: only what somebody has changed is written.
WAS = "was_"


@dataclass(frozen=True)
class Loss:
    """What a shorter retention would delete at once."""

    hours_before: int
    hours: int
    count: int

    @property
    def key(self):
        """Names what somebody agrees to. Not the number: messages grow old while they read."""
        return f"{self.hours_before}:{self.hours}"

    @property
    def is_more(self):
        return self.count > retention.COUNTED_MOST

    @property
    def count_in_words(self):
        return f"More than {retention.COUNTED_MOST:,}" if self.is_more else f"{self.count:,}"

    @property
    def kept(self):
        return house_rules.in_words("retention_hours", self.hours)


def settings_again(request, room_id):
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    if not may_change(room):
        return about(request, room)
    return form(request, room, posted(request), was=posted(request, WAS))


@page
@takes_form(draw=settings_again)
def room_settings(request, room_id):
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    if request.method == "POST":
        return save(request, room)
    return form(request, room, values_of(room)) if may_change(room) else about(request, room)


def may_change(room):
    return bool(sections_for(room)) and room.is_active


def about(request, room):
    """For whoever sees the room and does not set its rules."""
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "rules": house_rules.sentences(room),
        "owners": room.participant_rows.acting().filter(role=Role.OWNER).values_list("psychic__username", flat=True),
        "tab": "settings",
    }
    return render(request, "room/about.html", context)


def values_of(room):
    """What the form says of the room as it is."""
    return {field.name: str(getattr(room, field.name)) for _, fields in sections_for(room) for field in fields}


def posted(request, prefix=""):
    """The form's fields, with lines that end as they are stored."""
    found = {field.name: request.POST.get(prefix + field.name) for field in FIELDS}
    return {name: text.replace("\r\n", "\n").strip() for name, text in found.items() if text is not None}


def save(request, room):
    values, was = posted(request), posted(request, WAS)
    changes, errors = read({name: text for name, text in values.items() if text != was.get(name)})
    if not may_change(room):
        services.update_room(psychic=request.user, room_id=room.pk, **changes)  # which says why not
    try:
        changes = services.checked_changes(room, changes)
    except DomainError as error:
        errors |= error.errors
    if errors or request.POST.get("do") == "back":
        return form(request, room, values, was=was, errors=errors, status=400 if errors else 200)
    loss = loss_by(room, changes.get("retention_hours"))
    if loss and request.POST.get("sure") != loss.key:
        return ask(request, room, values, was, loss)
    try:
        services.update_room(psychic=request.user, room_id=room.pk, **changes)
    except DomainError as error:
        if error.code not in ("validation_error", "rate_limited"):
            raise
        errors = error.errors or {"": [error.detail]}
        return form(request, room, values, was=was, errors=errors, status=error.status)
    messages.success(request, "The settings are saved." if changes else "Nothing was changed.")
    return redirect("room", room.pk)


def read(texts):
    """({name: value}, {name: what is wrong with it}) of what was written."""
    changes, errors = {}, {}
    for name, text in texts.items():
        value = whole_number(text) if name in NUMBERS else text
        if value is None:
            errors[name] = ["Write a whole number."]
        else:
            changes[name] = value
    return changes, errors


def loss_by(room, hours):
    """What keeping messages for so many hours deletes at once; None where it deletes nothing."""
    if not hours or (room.retention_hours and hours > room.retention_hours):
        return None
    count = retention.count_older(room, hours)
    return Loss(room.retention_hours, hours, count) if count else None


def ask(request, room, values, was, loss):
    fields = values | {WAS + name: text for name, text in was.items()}
    has_changed = "sure" in request.POST
    title = shown_name(room, request.user)
    context = {"room": room, "title": title, "loss": loss, "fields": fields, "has_changed": has_changed}
    return render(request, "room/settings_sure.html", context, status=409 if has_changed else 200)


def form(request, room, values, *, was=None, errors=None, status=200):
    errors, was = errors or {}, was or values
    sections = [
        (title, [drawn(field, values, was, errors) for field in fields]) for title, fields in sections_for(room)
    ]
    drawn_names = {field["name"] for _, fields in sections for field in fields}
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "sections": sections,
        "errors": [text for name, texts in errors.items() if name not in drawn_names for text in texts],
        "wrong": [field for _, fields in sections for field in fields if field["error"]],
        "may_end": room.my_role == Role.OWNER,
        "tab": "settings",
    }
    return render(request, "room/settings.html", context, status=status)


def drawn(field, values, was, errors):
    """A field for the template, as somebody has filled it in."""
    value = values.get(field.name, "")
    return {
        "name": field.name,
        "label": field.label,
        "help": field.help,
        "kind": field.kind,
        "most": most_of(field.rule) if field.kind != "choice" else None,
        "value": value,
        "was": was.get(field.name, ""),
        "options": options_of(field, value),
        "error": " ".join(errors.get(field.name, [])),
    }


@page
@require_http_methods(["GET", "HEAD", "POST"])
def end(request, room_id):
    """Asks first, with what it means, and again where that has become something else since they were asked."""
    means = ending.meaning_of(psychic=request.user, room_id=room_id)
    title = shown_name(means.room, request.user)
    if request.method == "POST" and request.POST.get("means") == means.key:
        services.end_room(psychic=request.user, room_id=room_id)
        messages.success(request, f"{title} has ended. It is under “Ended rooms” now.")
        return redirect("home")
    has_changed = "means" in request.POST
    hours = means.room.retention_hours
    rules = house_rules.in_words("retention_hours", hours) if hours else ""
    context = {"room": means.room, "title": title, "means": means, "kept": rules, "has_changed": has_changed}
    return render(request, "room/end.html", context, status=409 if has_changed else 200)
