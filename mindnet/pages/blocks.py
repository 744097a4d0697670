"""Whom one has blocked: the list, blocking somebody from their profile, and taking it back."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from mindnet.base.errors import DomainError
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences
from presence import avatars, profiles
from presence import blocks as service


@page
@require_GET
def blocks(request):
    rows = list(service.blocks_of(request.user).order_by("blocked__username"))
    keys = avatars.keys_of([row.blocked_id for row in rows])
    return render(request, "blocks/blocks.html", {"blocks": rows, "avatars": keys})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def block(request, username):
    """Asks first, and says what it does."""
    profile = profiles.profile(viewer=request.user, username=username)
    if profile.id == request.user.pk:
        return redirect("profile", username)
    if request.method == "POST":
        try:
            service.block(psychic=request.user, username=username)
        except DomainError as error:
            context = {"profile": profile, "errors": sentences(error)}
            return render(request, "blocks/block.html", context, status=error.status)
        messages.success(request, f"You have blocked {profile.username}. They are not told.")
        return redirect("profile", username)
    return render(request, "blocks/block.html", {"profile": profile})


@page
@takes_form(page="blocks")
def unblock(request):
    """From the list, or from a profile: back to where it was pressed."""
    username = request.POST.get("username", "")
    service.unblock(psychic=request.user, username=username)
    messages.success(request, f"{username} is not blocked any more.")
    return redirect("profile", username) if request.POST.get("from") == "profile" else redirect("blocks")
