"""The forms of the account pages."""

from allauth.account.forms import SignupForm as AllauthSignupForm


class SignupForm(AllauthSignupForm):
    """Username and password, under the same rules as `POST /psychics`."""

    def clean_username(self):
        self.cleaned_data["username"] = self.cleaned_data["username"].strip()
        return super().clean_username()
