"""Accounts: signing up, signing in, passwords. Pages, REST and admin all come through here.

Whatever ends authority (a token deleted, a password changed, an account closed) also ends the sockets that stand on
it. That is done by receivers at the end of this module, so that it holds for every door and for the shell.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.rules import most_of
from mindnet.database.transactions import write_transaction
from presence import bans, closing, guesses, hashing, leaving
from presence.fields import PASSWORD, USERNAME
from presence.models import Psychic
from presence.passwords import normalised
from presence.reserved import is_reserved
from presence.signals import psychic_closed, psychic_created, psychic_renamed

# A psychic who signs in more often than this without signing out loses the oldest tokens.
TOKENS_PER_PSYCHIC = 100


# Names and passwords


def check_username(username: str) -> None:
    """Raises `validation_error` unless this name can be taken."""
    if not USERNAME.fits(username):
        raise invalid("username", "A username has 3 to 30 of the characters A-Z a-z 0-9 _ . - and no other.")
    if is_reserved(username):
        raise invalid("username", "This username is reserved.")
    if Psychic.objects.named(username).exists():
        raise username_taken()


def username_taken() -> DomainError:
    return invalid("username", "This username is taken.")


def check_password(password: str, *, psychic: Psychic, field: str = "password") -> None:
    """Raises `validation_error` for a password that Django's validators refuse."""
    password = normalised(password)
    if len(password) > most_of(PASSWORD):
        raise invalid(field, f"A password has at most {PASSWORD.most} characters.")
    try:
        password_validation.validate_password(password, psychic)
    except ValidationError as error:
        raise DomainError("validation_error", "The input is not valid.", errors={field: error.messages}) from None


def psychic_named(username: str | None) -> Psychic | None:
    """The open account of this name, or None. What can be no name is not asked of the database."""
    return Psychic.objects.active().named(username).first() if username and USERNAME.fits(username) else None


def find_psychic(username: str) -> Psychic:
    """The same, or not_found."""
    psychic = psychic_named(username)
    if psychic is None:
        raise not_found()
    return psychic


# Signing up and in


def sign_up(*, username: str, password: str, address: str) -> Psychic:
    """A new psychic."""
    check_username(username)
    psychic = Psychic(username=username)
    check_password(password, psychic=psychic)
    hash_first(psychic, password, address=address)
    return create(psychic)


def hash_first(psychic: Psychic, password: str, *, address: str) -> None:
    """The password of a new account, before its transaction and not in it. Raises `rate_limited`, and `overloaded`
    uncounted."""
    with hashing.turn():
        rates.check("SIGNUP_RATE", address)
        psychic.set_password(password)


def create(psychic: Psychic) -> Psychic:
    """Raises `validation_error` where the name was taken a moment ago."""
    try:
        with write_transaction():
            psychic.save(force_insert=True)
    except IntegrityError:
        if not Psychic.objects.named(psychic.username).exists():
            raise  # another constraint: nothing that another name would mend
        # Somebody was faster, in this or another spelling.
        raise username_taken() from None
    return psychic


def sign_in(*, request: HttpRequest, username: str, password: str) -> Psychic:
    """The psychic of this name and password. An unknown name is told the same as a wrong password, and as slowly.
    Raises `banned` once the password was right, and what `presence.guesses` raises."""
    psychic = guesses.authenticate(request=request, username=username, password=password)
    if psychic is None:
        raise DomainError("not_authenticated", "The username or the password is wrong.")
    bans.check(psychic)
    return psychic


def create_token(*, psychic: Psychic, request: HttpRequest) -> tuple[AuthToken, str]:
    """A new token and its text, which is shown this once, for who has just signed in. Raises `not_authenticated` where
    the password was changed meanwhile."""
    with write_transaction():
        if not settle(psychic, checked_password=psychic.password):
            raise DomainError("not_authenticated", "The username or the password is wrong.")
        row, text = AuthToken.objects.create(psychic)
        kept = AuthToken.objects.filter(user=psychic).order_by("-created")[:TOKENS_PER_PSYCHIC]
        for surplus in AuthToken.objects.filter(user=psychic).exclude(pk__in=[token.pk for token in kept]):
            surplus.delete()
    user_logged_in.send(sender=Psychic, request=request, user=psychic)
    return row, text


def revoke_tokens(*, psychic: Psychic) -> None:
    """All tokens of a psychic are over."""
    for token in AuthToken.objects.filter(user=psychic):
        token.delete()


def check_caller(psychic: Psychic, token: AuthToken | None) -> None:
    """For the REST door. Raises `banned`, and `not_authenticated` for a token that there is and that counts no more."""
    bans.check(psychic)
    if token is not None and (is_over(token.created, token.expiry) or is_unsettled(psychic)):
        raise DomainError("not_authenticated", "Invalid token.")


def is_over(created: datetime, expiry: datetime | None) -> bool:
    """Whether a token has run out, or has come to its greatest age."""
    now = datetime.now(UTC)
    return created + login_lasts() <= now or (expiry is not None and expiry <= now)


def login_lasts() -> timedelta:
    return timedelta(days=settings.LIMITS["LOGIN_DAYS"])


def is_unsettled(psychic: Psychic) -> bool:
    """Whether the password was set past the services, so that tokens and connections are over."""
    return psychic.settled_password not in ("", psychic.password)


def settle(psychic: Psychic, *, checked_password: str | None = None) -> bool:
    """Locks the psychic's row, and ends what stands on another password than the one in it. False, and nothing is done,
    unless it still is the one that was checked and the account is open."""
    with write_transaction():
        row = Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
        if not row.is_active or checked_password not in (None, row.password):
            return False
        if is_unsettled(row):
            end_other_logins(row)
        elif not row.settled_password:
            Psychic.objects.filter(pk=row.pk).update(settled_password=row.password)
    psychic.settled_password = row.password
    return True


# Passwords


def change_password(
    *, request: HttpRequest, psychic: Psychic, old_password: str, new_password: str, token: AuthToken | None = None
) -> None:
    """A new password. Every other login session and token ends; the one in use goes on."""
    if not confirm_password(request=request, psychic=psychic, password=old_password):
        raise wrong_old_password()
    check_password(new_password, psychic=psychic, field="new_password")
    replace_password(request=request, psychic=psychic, new_password=new_password, token=token)


def confirm_password(*, request: HttpRequest, psychic: Psychic, password: str) -> bool:
    """Whether this is the password of who has signed in. Raises what `presence.guesses` raises."""
    found = guesses.authenticate(request=request, username=psychic.username, password=password)
    if found is None or found.pk != psychic.pk:
        return False
    psychic.password = found.password  # what was confirmed, for `replace_password`
    return True


def replace_password(
    *, request: HttpRequest, psychic: Psychic, new_password: str, token: AuthToken | None = None
) -> None:
    """A new password in place of the one that the row in hand knows. The login in use goes on: a token or a session."""
    confirmed = psychic.password
    with hashing.turn():
        psychic.set_password(new_password)
    keep_login(psychic, session_key=None if token else request.session.session_key, token=token)
    with write_transaction():
        if not settle(psychic, checked_password=confirmed):
            raise wrong_old_password()
        psychic.save(update_fields=["password"])
        if not token:
            update_session_auth_hash(request, psychic)


def wrong_old_password() -> DomainError:
    return invalid("old_password", "This is not your password.")


def keep_login(psychic: Psychic, *, session_key: str | None = None, token: AuthToken | None = None) -> None:
    """Marks the login that outlives the password change about to be saved."""
    psychic.kept_token = token.pk if token else None
    psychic.kept_credential = None
    if token:
        psychic.kept_credential = closing.token_credential(token.digest)
    elif session_key:
        psychic.kept_credential = closing.session_credential(session_key)


def end_other_logins(psychic: Psychic) -> None:
    """Tokens and sockets of a psychic, but for the login marked by `keep_login`, which stands on the new password now.
    Login sessions die by themselves: they carry a digest of the password."""
    with write_transaction():
        for token in AuthToken.objects.filter(user=psychic).exclude(pk=psychic.kept_token):
            token.delete()
        closing.end_psychic(psychic.pk, except_credential=psychic.kept_credential)
        # Last: whoever dies before has settled nothing, and all of it is over.
        Psychic.objects.filter(pk=psychic.pk).update(settled_password=psychic.password)
        psychic.settled_password = psychic.password


# What ends with an account, a password or a token


@receiver(pre_save, sender=Psychic)
def notice_renaming(
    sender: type[Psychic], instance: Psychic, raw: bool, update_fields: Collection[str] | None, **kwargs: Any
) -> None:
    row = Psychic.objects.filter(pk=instance.pk)
    may_be = not raw and not instance._state.adding and (update_fields is None or "username" in update_fields)
    instance.is_renamed = may_be and row.exclude(username=instance.username).exists()


@receiver(post_save, sender=Psychic)
def psychic_saved(sender: type[Psychic], instance: Psychic, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if raw:
        return
    if instance.is_renamed:
        psychic_renamed.send(sender=Psychic, psychic=instance)
    if created:
        psychic_created.send(sender=Psychic, psychic=instance)
    elif not instance.is_active:
        revoke_tokens(psychic=instance)
        closing.end_psychic(instance.pk, reason="This account is closed.")
        leaving.leave([instance.pk])
        psychic_closed.send(sender=Psychic, psychic=instance)
    elif instance._password is not None:  # type: ignore[attr-defined]  # no part of what Django says of itself
        # Set by set_password, and cleared by Django once the row is saved: a new password, whoever set it.
        end_other_logins(instance)


@receiver(user_logged_in)
def logged_in(sender: Any, user: Psychic, **kwargs: Any) -> None:
    """Before anything new stands on a password that was set past the services, what stood on the one before ends."""
    if user.settled_password != user.password:
        settle(user)


@receiver(post_delete, sender=AuthToken)
def token_deleted(sender: type[AuthToken], instance: AuthToken, **kwargs: Any) -> None:
    closing.end_credential(closing.token_credential(instance.digest), reason="Your token was revoked.")


def remove_expired_tokens() -> None:
    """For the sweep of old rows: tokens that nobody presents any more."""
    for token in AuthToken.objects.filter(expiry__lt=timezone.now() - timedelta(days=1)):
        token.delete()
