"""A form that came without a sign-in, or with one that has changed meanwhile: nothing it says is lost, or done unasked.

What was sent goes along through the sign-in page in a hidden field, then into the login session, which lives no longer
than the sign-in does. From there the form's page is drawn with it, at the form's own address and the word `kept`, until
the form is sent from there. Whoever sent it looks at it and sends it again.
"""

import functools

from django.contrib import messages
from django.http import HttpResponseNotAllowed, QueryDict
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html

from mindnet.pages.sign_in import KEPT_FIELD, SESSION_KEY, SignIn, may_be_kept

# Says of a form that came with files: they are not kept.
FILES_FIELD = "had_files"
NOT_SENT = "Your sign-in had run out or changed, so this has not been sent. Look at it, and send it once more."


def takes_form(*, page=None, draw=None):
    """For a view that takes a form.

    `page` names the page that has it, with the same parts in its address: a form's address that is loaded leads there.
    Without it the view draws its page itself. `draw(request, …)` draws the page with what `request.POST` says.
    """

    def decorate(view):
        @functools.wraps(view)
        def answer(request, **parts):
            if request.method == "POST":
                forget(request)
                return view(request, **parts)
            if request.method not in ("GET", "HEAD"):
                return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
            if "kept" in request.GET:
                messages.info(request, NOT_SENT)
                fields = kept(request)
                if draw and fields is not None:
                    request.POST = fields
                    return draw(request, **parts)
            return redirect(page, **parts) if page else view(request, **parts)

        return answer

    return decorate


def ask_to_sign_in(request):
    """The sign-in page, in answer to a form. It leads back to the form, and carries what the form said."""
    text = as_text(request)
    context = {
        "form": SignIn().get_form_class()(request=request),
        "signup_url": reverse("account_signup"),
        "redirect_field": format_html('<input type="hidden" name="next" value="{}">', address(text)),
        KEPT_FIELD: text if may_be_kept(text) else "",
    }
    return render(request, "account/login.html", context, status=403)


def is_own_form(request, reason):
    """Whether what failed the check of its CSRF token was sent from a page of ours, to a page of ours.

    The browser says where a form comes from, and `reason` says whether that was wrong. What is right is a form that was
    loaded before the last sign-in, which has changed the token.
    """
    origin = request.headers.get("Origin")
    if not origin or reason == REASON_BAD_ORIGIN % origin:
        return False
    path, _, _ = as_text(request).partition("?")
    try:
        return getattr(resolve(path).func, "is_page", False)
    except Resolver404:
        return False


def lead_back(request):
    """The form again, with what it said: after the sign-in, if there is none."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    text = as_text(request)
    if may_be_kept(text):
        request.session[SESSION_KEY] = text
    return redirect(address(text))


def address(text):
    """Where the form is drawn with what it said."""
    path, _, _ = text.partition("?")
    return f"{path}?kept=1"


def as_text(request):
    """A form as an address: its own, and what it said. The sign-in page has that of the form it carries."""
    if KEPT_FIELD in request.POST:
        return request.POST[KEPT_FIELD]
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    if request.FILES:
        fields[FILES_FIELD] = "1"
    return f"{request.path}?{fields.urlencode()}"


def kept(request):
    """What this form said, as `request.POST` has it, or None."""
    path, _, fields = request.session.get(SESSION_KEY, "").partition("?")
    return QueryDict(fields) if path == request.path else None


def had_files(request):
    """Whether this form, as it is kept, came with files."""
    return FILES_FIELD in request.POST


def forget(request):
    """The form has been sent: what it said before is of no use any more."""
    if kept(request) is not None:
        del request.session[SESSION_KEY]
