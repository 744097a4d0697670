"""Guides: their editor, which works by posting its form, and reading those of others."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mindnet.base.errors import DomainError
from mindnet.pages.guide_form import (
    CHOICES,
    KIND_WORDS,
    blank_rows,
    length_words,
    posted_rows,
    rearranged,
    rows_of,
    steps_of,
    total_of,
)
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, page_number
from mindnet.pages.session_bar import with_length
from rooms import guides
from rooms.fields import GUIDE_DESCRIPTION, GUIDE_NAME, STEP_TEXT


def guide_again(request, guide_id=None):
    found = None if guide_id is None else guides.own_guide(request.user, guide_id)
    return editor(request, found, posted_values(request), posted_rows(request.POST))


def posted_values(request):
    values = {name: request.POST.get(name, "").strip() for name in ("name", "description")}
    return values | {"shared": "shared" in request.POST}


@page
@takes_form(draw=guide_again)
def new_guide(request):
    if request.method == "POST":
        return save_guide(request, None)
    copied = page_number(request.GET.get("from"))
    if copied is None:
        rows = [{"kind": "bell", "length": "0:05", "text": "Find your seat."}, *blank_rows()]
        return editor(request, None, {"name": "", "description": "", "shared": False}, rows)
    source = guides.get_guide(psychic=request.user, guide_id=copied)
    values = {"name": source.name, "description": source.description, "shared": False}
    return editor(request, None, values, rows_of(source.steps))


@page
@takes_form(draw=guide_again)
def guide(request, guide_id):
    found = guides.get_guide(psychic=request.user, guide_id=guide_id)
    if request.method == "POST":
        return save_guide(request, found)
    if found.owner_id != request.user.pk:
        return render(request, "guides/read.html", {"guide": with_length(found), "steps": read_steps(found)})
    values = {"name": found.name, "description": found.description, "shared": found.is_shared}
    return editor(request, found, values, rows_of(found.steps))


def read_steps(guide):
    return [
        step | {
            "at": length_words(step["at"]),
            "length": length_words(step["seconds"]) if step["seconds"] else "",
            "name": KIND_WORDS[step["kind"]],
        }
        for step in guide.steps
    ]  # fmt: skip


def save_guide(request, found):
    values = posted_values(request)
    rows = posted_rows(request.POST)
    wish = request.POST.get("do", "")
    if wish:
        return editor(request, found, values, rearranged(rows, wish))
    steps, is_good = steps_of(rows)
    if not is_good:
        errors = {"steps": ["Some steps have no length that could be read."]}
        return editor(request, found, values, rows, errors=errors, status=400)
    try:
        if found is None:
            guides.create_guide(psychic=request.user, steps=steps, **values)
        else:
            guides.update_guide(psychic=request.user, guide_id=found.pk, steps=steps, **values)
    except DomainError as error:
        errors = error.errors or {"other": [error.detail]}
        return editor(request, found, values, rows, errors=errors, status=error.status)
    messages.success(request, f"“{values['name']}” is saved.")
    return redirect("meditation")


def editor(request, found, values, rows, *, errors=None, status=200):
    context = {
        "guide": found,
        "heading": "Your guide" if found else "A new guide",
        "action": request.path,
        "values": values,
        "rows": rows or blank_rows(1),
        "kinds": CHOICES,
        "total": length_words(total_of(rows)),
        "errors": errors or {},
        "most": {"name": GUIDE_NAME.most, "description": GUIDE_DESCRIPTION.most, "text": STEP_TEXT.most},
    }
    return render(request, "guides/edit.html", context, status=status)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete_guide(request, guide_id):
    """Asks first: there is no way back."""
    if request.method != "POST":
        found = guides.own_guide(request.user, guide_id)
        return render(request, "guides/delete.html", {"guide": found})
    guides.delete_guide(psychic=request.user, guide_id=guide_id)
    messages.success(request, "The guide is deleted.")
    return redirect("meditation")
