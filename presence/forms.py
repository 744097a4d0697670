"""The forms of the account pages."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm


class SignupForm(AllauthSignupForm):
    """Username and password, under the same rules as `POST /psychics`."""

    def clean_username(self):
        self.cleaned_data["username"] = self.cleaned_data["username"].strip()
        return super().clean_username()


class ChangePasswordForm(AllauthChangePasswordForm):
    """The old password is guessed at no faster than where one signs in."""

    def clean_oldpassword(self):
        password = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password
