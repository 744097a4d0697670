"""What allauth's pages ask of this project: the same rules as REST, by calling the same services."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.context import request as current_request
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from mindnet.base.addresses import client_address, counted_address
from mindnet.base.errors import DomainError
from presence import accounts, bans, guesses


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return True

    def get_client_ip(self, request):
        return client_address(request.META)

    def is_safe_url(self, url):
        """Where somebody is taken after signing in or out: to a path of this server. A host in it, even one of ours,
        may be another server's by the time it is followed: `localhost` is the visitor's own machine."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def clean_username(self, username, shallow=False):
        self.ask(accounts.check_username, username)
        return username

    def clean_password(self, password, user=None):
        self.ask(accounts.check_password, password, psychic=user)
        return password

    def ask(self, check, *args, **kwargs):
        """A service's refusal as a form error."""
        try:
            check(*args, **kwargs)
        except DomainError as error:
            raise ValidationError([text for texts in error.errors.values() for text in texts]) from None

    def save_user(self, request, user, form, commit=True):
        user.username = form.cleaned_data["username"]
        try:
            accounts.hash_first(user, form.cleaned_data["password1"], address=counted_address(request.META))
            return accounts.create(user)
        except DomainError as error:
            raise ImmediateHttpResponse(self.refusal(request, error)) from None

    def pre_login(self, request, user, **kwargs):
        try:
            bans.check(user)
        except DomainError as error:
            return render(request, "account/banned.html", {"sentence": error.detail}, status=error.status)
        return super().pre_login(request, user, **kwargs)

    def refusal(self, request, error):
        texts = [text for texts in (error.errors or {"": [error.detail]}).values() for text in texts]
        response = render(request, "refused.html", {"sentences": texts}, status=error.status)
        if "retry_after" in error.extra:
            response["Retry-After"] = str(round(error.extra["retry_after"] + 0.5))
        return response

    def authenticate(self, request, **credentials):
        return guesses.authenticate(
            request=request, username=credentials.get("username", ""), password=credentials.get("password", "")
        )

    def reauthenticate(self, user, password):
        return accounts.confirm_password(request=self.request or current_request, psychic=user, password=password)

    def set_password(self, user, password):
        """The login session in use goes on; all else ends when the new password is saved."""
        accounts.replace_password(request=self.request or current_request, psychic=user, new_password=password)
