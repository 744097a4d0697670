"""What waits for a moderator in a room, what word rules have marked, and the rules themselves."""

from http import HTTPStatus

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from messaging import attached, deciding
from messaging.fields import REFUSAL_REASON
from mindnet.base.errors import DomainError, not_found
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences, shown_name
from rooms import lookups, word_rules
from rooms.fields import WORD_RULE_PATTERN
from rooms.models import Kind, WordRule

# Held messages and marks on one page; the others move up as these are decided.
SHOWN = 50


def of_room(request, room_id, tab):
    """What each of these pages is drawn with."""
    room, row = lookups.require_participant(psychic=request.user, room_id=room_id)
    if row is None or room.kind == Kind.PRIVATE:
        raise not_found()
    keeps_order = row.role in lookups.MODERATING
    title, count = shown_name(room, request.user), waiting_for(request.user, room)
    return {"room": room, "title": title, "tab": tab, "keeps_order": keeps_order, "waiting_count": count}


def waiting_for(psychic, room):
    """How many messages wait for this psychic to decide, 0 for who does not decide."""
    return deciding.count_waiting(room) if room.is_active and room.my_role in lookups.MODERATING else 0


# Messages held back


@page
@require_GET
def held(request, room_id):
    return held_page(request, room_id)


def held_page(request, room_id, *, errors=(), refusing=None, reason="", status=HTTPStatus.OK):
    context = of_room(request, room_id, "held")
    where = {"psychic": request.user, "room_id": room_id}
    held = list(deciding.list_held(**where).order_by("pk")[:SHOWN])
    marks = deciding.list_marks(**where).filter(seen_at=None).order_by("-pk") if context["keeps_order"] else []
    marks = list(marks[:SHOWN])
    context |= {
        "held": held,
        "held_files": {one.pk: [attached.attachment_out(row) for row in one.attachments.all()] for one in held},
        "marks": marks,
        "marked_files": attached.attachments_of([mark.message_id for mark in marks]),
        "most_reason": REFUSAL_REASON.most,
        "errors": errors,
        "refusing": refusing,
        "reason": reason,
    }
    return render(request, "holding/held.html", context, status=status)


def decide_again(request, room_id, held_id):
    return held_page(request, room_id, refusing=held_id, reason=request.POST.get("reason", ""))


@page
@takes_form(page=None, draw=decide_again)
def decide_held(request, room_id, held_id):
    """Lets a message through, refuses it with a reason, or takes back one's own: by the button that was pressed."""
    if request.method != "POST":
        return redirect("room_held", room_id)
    where = {"psychic": request.user, "room_id": room_id, "held_id": held_id}
    reason, decision = request.POST.get("reason", ""), request.POST.get("decision")
    try:
        if decision == "let_through":
            deciding.let_through(**where)
            messages.success(request, "Let through: everybody in the room can read it now.")
        elif decision == "take_back":
            deciding.take_back(**where)
            messages.success(request, "Taken back: nobody will read it.")
        else:
            deciding.refuse(**where, reason=reason)
            messages.success(request, "Refused: its sender reads your reason.")
    except DomainError as error:
        if error.code in ("not_found", "permission_denied"):
            raise
        again = {"refusing": held_id, "reason": reason} if error.errors else {}
        return held_page(request, room_id, errors=sentences(error), status=error.status, **again)
    return redirect("room_held", room_id)


@page
@takes_form()
def see_mark(request, room_id, mark_id):
    if request.method != "POST":
        return redirect("room_held", room_id)
    deciding.see_mark(psychic=request.user, room_id=room_id, mark_id=mark_id)
    return redirect("room_held", room_id)


# Word rules


@page
@require_GET
def rules(request, room_id):
    return rules_page(request, room_id)


def rules_page(request, room_id, *, errors=(), written=None, status=HTTPStatus.OK):
    context = of_room(request, room_id, "word-rules")
    context |= {
        "rules": word_rules.list_word_rules(psychic=request.user, room_id=room_id).order_by("pk"),
        "most_pattern": WORD_RULE_PATTERN.most,
        "errors": errors,
        "written": written or {"kind": WordRule.Kind.WORDS.value, "action": WordRule.Action.HOLD.value},
    }
    return render(request, "holding/rules.html", context, status=status)


def make_again(request, room_id):
    return rules_page(request, room_id, written=request.POST)


@page
@takes_form(draw=make_again)
def make_rule(request, room_id):
    """A new rule leads to what it would have found, and from there it is switched on."""
    if request.method != "POST":
        return redirect("room_word_rules", room_id)
    fields = {name: request.POST.get(name, "") for name in ("kind", "pattern", "action")}
    try:
        rule = word_rules.make_word_rule(psychic=request.user, room_id=room_id, **fields)
    except DomainError as error:
        if error.code in ("not_found", "permission_denied"):
            raise
        return rules_page(request, room_id, errors=sentences(error), written=request.POST, status=error.status)
    return redirect("room_word_rule", room_id, rule.pk)


@page
def rule(request, room_id, rule_id):
    """A rule with what it would have found; the form on it switches it, or takes it away."""
    context, where = of_room(request, room_id, "word-rules"), {"psychic": request.user, "room_id": room_id}
    one = word_rules.get_word_rule(**where, rule_id=rule_id)
    if request.method != "POST":
        trial = deciding.try_word_rule(**where, kind=one.kind, pattern=one.pattern)
        return render(request, "holding/rule.html", context | {"rule": one, "trial": trial})
    wish = request.POST.get("wish")
    if wish == "delete":
        word_rules.delete_word_rule(**where, rule_id=rule_id)
        messages.success(request, "The rule is gone. What it has held back goes on waiting.")
    elif wish in ("on", "off"):
        word_rules.change_word_rule(**where, rule_id=rule_id, is_on=wish == "on")
        messages.success(request, f"The rule is switched {wish}.")
    return redirect("room_word_rules", room_id)
