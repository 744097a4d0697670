"""Profiles: everybody's to look at, and editing one's own."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from mindnet.base.errors import DomainError
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences
from presence import avatars, blocks, directory, fields, profiles
from rooms.invitations import rooms_to_invite_to


@page
@require_GET
def profile(request, username):
    return profile_page(request, username)


def profile_page(request, username, *, invite_room="", invite_errors=(), status=200):
    shown = profiles.profile(viewer=request.user, username=username)
    context = {
        "profile": shown,
        "avatars": avatars.keys_of([shown.id]),
        "is_blocked": shown.id in blocks.ids_of(request.user),
        "invite_rooms": rooms_to_invite_to(psychic=request.user, guest_id=shown.id),
        "invite_room": invite_room,
        "invite_errors": invite_errors,
    }
    return render(request, "profile/profile.html", context, status=status)


def profile_again(request):
    return edit_page(request, values=posted_profile(request))


def posted_profile(request):
    return {name: request.POST.get(name, "") for name in ("display_name", "bio", "abilities")}


@page
@takes_form(draw=profile_again)
def edit_profile(request):
    if request.method != "POST":
        return edit_page(request)
    values = posted_profile(request)
    # One field, so that it works without JavaScript.
    abilities = [word.strip() for word in values["abilities"].split(",")]
    try:
        profiles.update_profile(psychic=request.user, **values | {"abilities": [word for word in abilities if word]})
    except DomainError as error:
        return edit_page(request, values=values, errors=error.errors, status=error.status)
    messages.success(request, "Your profile is saved.")
    return redirect("profile", request.user.username)


def edit_page(request, *, values=None, errors=None, status=200):
    psychic, most_bytes = request.user, int(settings.LIMITS["UPLOAD_BYTES"])
    context = {
        "values": values or {
            "display_name": psychic.display_name,
            "bio": psychic.bio,
            "abilities": ", ".join(psychic.abilities),
        },
        "errors": errors or {},
        "suggested": directory.suggested_abilities(),
        "most_bytes": most_bytes,
        "most_megabytes": f"{most_bytes / 1024 / 1024:.3g}",
        "most_bio": fields.BIO.most,
        "most_name": fields.DISPLAY_NAME.most,
        "most_abilities": fields.ABILITIES.most,
        "most_ability": fields.ABILITY.most,
    }  # fmt: skip
    return render(request, "profile/edit.html", context, status=status)


def picture_again(request):
    """A picture is nothing that can be kept along the way."""
    return edit_page(request, errors={"file": ["Choose the picture once more."]})


@page
@takes_form(page="edit_profile", draw=picture_again)
def upload_picture(request):
    file = request.FILES.get("file")
    if file is None:
        return edit_page(request, errors={"file": ["Choose a picture first."]}, status=400)
    try:
        avatars.set_avatar(psychic=request.user, file=file)
    except DomainError as error:
        return edit_page(request, errors={"file": sentences(error)}, status=error.status)
    messages.success(request, "This is your picture now.")
    return redirect("edit_profile")


@page
@takes_form(page="edit_profile")
def remove_picture(request):
    avatars.remove_avatar(psychic=request.user)
    messages.success(request, "Your picture is gone.")
    return redirect("edit_profile")
