"""Signing in, as allauth has it, with a form that was sent without a sign-in along the way (`kept_forms.py`)."""

from allauth.account.views import LoginView

KEPT_FIELD = SESSION_KEY = "kept_form"
# A guide of the greatest length, each of its letters twelve characters in an address, twice over.
KEPT_CHARACTERS = 512 * 1024


def may_be_kept(text):
    """Whether a form, as an address, says no more than any form may."""
    return len(text) <= KEPT_CHARACTERS


class SignIn(LoginView):
    def get_context_data(self, **kwargs):
        """A wrong password loses nothing."""
        return super().get_context_data(**kwargs) | {KEPT_FIELD: self.request.POST.get(KEPT_FIELD, "")}

    def form_valid(self, form):
        response = super().form_valid(form)
        text = self.request.POST.get(KEPT_FIELD, "")
        if text and may_be_kept(text) and self.request.user.is_authenticated:
            self.request.session[SESSION_KEY] = text
        return response
