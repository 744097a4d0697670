"""What a login stands on, and what ends it: the password that was checked, ages, and what is done past the services.
Sockets are rows here; that a real one closes is in mindnet/tests/flows/test_closing.py."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from mindnet.base.errors import DomainError
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes
from mindnet.socket import handshake
from presence import accounts, closing, nodes
from presence.login_sessions import SIGNED_IN_AT, SessionStore
from presence.models import Connection, Psychic
from presence.tests.account_steps import NEW_PASSWORD, PASSWORD, close_code, sign_in, with_session

pytestmark = pytest.mark.django_db


def with_text(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


@pytest.fixture
def token(ada):
    """Its text."""
    return sign_in("ada").json()["token"]


@pytest.fixture
def visitor(ada):
    return with_session(ada)


def may_connect(*, token=None, visitor=None):
    """What the socket's door says of a token or of a browser."""
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    if token:
        headers.append((b"authorization", f"Token {token}".encode()))
    if visitor:
        headers.append((b"cookie", f"sessionid={visitor.cookies['sessionid'].value}".encode()))
    [answer] = handshake.authenticate([{"headers": headers, "scheme": "ws"}])
    return not isinstance(answer, handshake.Refused)


def may_call(client):
    return client.get("/psychics/me").status_code == 200


# Signing in while the password is being changed


def request():
    made = RequestFactory().post("/auth/token")
    made.session = SessionStore()
    return made


def test_a_password_that_was_changed_since_it_was_checked_gives_no_token(ada):
    checked = accounts.sign_in(request=request(), username="ada", password=PASSWORD)
    ada.set_password(NEW_PASSWORD)
    ada.save()
    with pytest.raises(DomainError) as caught:
        accounts.create_token(psychic=checked, request=request())
    assert caught.value.code == "not_authenticated" and not AuthToken.objects.exists()


def test_an_account_that_was_closed_since_the_password_was_checked_gives_no_token(ada):
    checked = accounts.sign_in(request=request(), username="ada", password=PASSWORD)
    Psychic.objects.update(is_active=False)
    with pytest.raises(DomainError):
        accounts.create_token(psychic=checked, request=request())


@pytest.mark.django_db(transaction=True)
def test_a_token_waits_for_the_password_change_under_way(ada):
    checked = accounts.sign_in(request=request(), username="ada", password=PASSWORD)
    results = []

    def make():
        try:
            accounts.create_token(psychic=checked, request=request())
        except DomainError as error:
            results.append(error.code)
        finally:
            connection.close()

    thread = threading.Thread(target=make)
    with write_transaction():
        ada.set_password(NEW_PASSWORD)
        ada.save(update_fields=["password"])
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert results == ["not_authenticated"] and not AuthToken.objects.exists()


def test_of_two_changes_from_one_old_password_the_second_is_refused(ada, token, monkeypatch):
    check = accounts.check_password

    def somebody_is_faster(*args, **kwargs):
        check(*args, **kwargs)
        fast = Psychic.objects.get(pk=ada.pk)
        fast.set_password("faster than light")
        fast.save(update_fields=["password"])

    monkeypatch.setattr(accounts, "check_password", somebody_is_faster)
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = with_text(token).post("/psychics/me/password", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["old_password"])
    assert Psychic.objects.get(pk=ada.pk).check_password("faster than light")


class EarlierHasher(PBKDF2PasswordHasher):
    """With less effort than the one that is preferred, as in an earlier release."""

    iterations = 1


@pytest.fixture
def old_hash(ada, token, visitor, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    old = EarlierHasher().encode(PASSWORD, "salt")
    Psychic.objects.update(password=old, settled_password=old)
    return old


def test_a_hash_that_is_made_anew_ends_no_token(ada, token, old_hash):
    assert sign_in("ada").status_code == 201
    row = Psychic.objects.get(pk=ada.pk)
    assert row.password != old_hash and row.settled_password == row.password
    assert may_call(with_text(token)) and may_connect(token=token)


def test_a_hash_that_is_made_anew_does_not_bring_a_changed_password_back(ada, old_hash):
    stale = Psychic.objects.get(pk=ada.pk)
    changed = make_password(NEW_PASSWORD)
    Psychic.objects.update(password=changed)
    assert stale.check_password(PASSWORD)
    assert Psychic.objects.get(pk=ada.pk).password == changed


# Ages


def test_a_token_in_use_lives_on_up_to_its_greatest_age(token):
    created = timezone.now() - timedelta(days=80)
    for use in (lambda: may_call(with_text(token)), lambda: may_connect(token=token)):
        AuthToken.objects.update(created=created, expiry=timezone.now() + timedelta(days=2))
        assert use()
        assert AuthToken.objects.get().expiry == created + timedelta(days=90)


def test_a_token_beyond_its_greatest_age_opens_nothing(token):
    AuthToken.objects.update(created=timezone.now() - timedelta(days=90), expiry=timezone.now() + timedelta(days=9))
    assert not may_connect(token=token)
    answer = with_text(token).get("/psychics/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_login_session_goes_on_up_to_its_greatest_age_only(visitor):
    signed_in_at = timezone.now() - timedelta(days=89)
    session = visitor.session
    session[SIGNED_IN_AT] = signed_in_at.timestamp()
    session.save()
    end = signed_in_at + timedelta(days=90)
    assert abs(Session.objects.get().expire_date - end) < timedelta(seconds=1)
    assert abs(session.get_expiry_age() - 24 * 3600) < 60
    assert may_call(visitor) and may_connect(visitor=visitor)
    # Also where its row says otherwise, as one of before there was a greatest age.
    session[SIGNED_IN_AT] = (signed_in_at - timedelta(days=1)).timestamp()
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(days=9))
    assert not may_call(visitor) and not may_connect(visitor=visitor)


def test_signing_in_begins_a_new_age_and_one_of_before_begins_now(ada):
    client = Client()
    client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    now = timezone.now().timestamp()
    assert abs(client.session[SIGNED_IN_AT] - now) < 60
    session = client.session
    del session[SIGNED_IN_AT]
    session.save()
    assert may_call(client)
    assert abs(client.session[SIGNED_IN_AT] - now) < 60


# Past the services


@pytest.fixture
def sockets(ada, node, token, visitor):
    """One by token, one by login session, and one as the release before has entered it."""
    logins = {
        "token": closing.Login(token_digest=AuthToken.objects.get().digest),
        "session": closing.Login(session_key=visitor.session.session_key),
        "before": closing.Login(),
    }
    return {
        name: Connection.objects.create(
            psychic=ada, node=node, credential=login.credential, session_key=login.session_key,
            token_digest=login.token_digest,
        )
        for name, login in logins.items()
    }  # fmt: skip


def ended(node, sockets):
    """{name: (code, reason)} of those that the sweep would close."""
    orders = {order.connection_id: (order.code, order.reason) for order in nodes.to_close(node)}
    return {name: orders[socket.pk] for name, socket in sockets.items() if socket.pk in orders}


def set_password():
    Psychic.objects.update(password=make_password(NEW_PASSWORD))


def expire(model, field, **columns):
    return lambda: model.objects.update(**columns | {field: timezone.now() - timedelta(seconds=1)})


def close_account():
    Psychic.objects.update(is_active=False)


def ban():
    Psychic.objects.update(banned_until=timezone.now() + timedelta(minutes=5), ban_reason="too loud")


def delete(model):
    queryset = model.objects.all()
    return lambda: queryset._raw_delete(queryset.db)


def age():
    AuthToken.objects.update(created=timezone.now() - timedelta(days=91))


OVER = (codes.SESSION_ENDED, "Your sign-in is over. Sign in again.")
CHANGED = (codes.SESSION_ENDED, "Your password was changed.")
CLOSED = (codes.SESSION_ENDED, "This account is closed.")
BANNED = (codes.BANNED, "too loud")


@pytest.mark.parametrize(
    "deed, found",
    [
        (lambda: None, {}),
        (delete(AuthToken), {"token": OVER}),
        (expire(AuthToken, "expiry"), {"token": OVER}),
        (age, {"token": OVER}),
        (delete(Session), {"session": OVER}),
        (expire(Session, "expire_date"), {"session": OVER}),
        (set_password, dict.fromkeys(("token", "session", "before"), CHANGED)),
        (close_account, dict.fromkeys(("token", "session", "before"), CLOSED)),
        (ban, dict.fromkeys(("token", "session", "before"), BANNED)),
    ],
)
def test_what_ends_past_the_services_ends_its_sockets(node, sockets, deed, found):
    deed()
    assert ended(node, sockets) == found


def test_a_token_without_an_end_and_the_sockets_of_other_processes_are_left_alone(ada, node, sockets):
    AuthToken.objects.update(expiry=None)
    assert ended(node, sockets) == {}
    Psychic.objects.update(is_active=False)
    assert nodes.to_close(nodes.start()) == []


def test_a_password_set_past_the_services_ends_tokens_at_every_door(ada, node, token, visitor, sockets):
    set_password()
    assert not may_call(with_text(token)) and not may_connect(token=token)
    assert not may_call(visitor) and not may_connect(visitor=visitor)
    # Signing in with the new one brings none of them back.
    fresh = sign_in("ada", NEW_PASSWORD).json()["token"]
    assert [may_call(with_text(text)) for text in (token, fresh)] == [False, True]
    assert [may_connect(token=text) for text in (token, fresh)] == [False, True]
    assert {close_code(socket) for socket in sockets.values()} == {codes.SESSION_ENDED}
    assert AuthToken.objects.count() == 1


def test_a_login_session_of_the_new_password_settles_it(ada, node, token, visitor, sockets):
    Psychic.objects.update(settled_password="another one")  # as the release before leaves it
    assert may_connect(visitor=visitor)
    assert {close_code(socket) for socket in sockets.values()} == {codes.SESSION_ENDED}
    assert not accounts.is_unsettled(Psychic.objects.get(pk=ada.pk)) and not AuthToken.objects.exists()


def test_a_change_by_the_services_leaves_the_login_in_use(node, token, sockets):
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert with_text(token).post("/psychics/me/password", body).status_code == 204
    assert may_call(with_text(token)) and may_connect(token=token)
    assert close_code(sockets["token"]) is None
    assert set(ended(node, sockets)) == {"session", "before"}


def test_the_sockets_of_a_login_session_go_along_to_its_new_key(node, visitor, sockets):
    old_key = visitor.session.session_key
    store = SessionStore(session_key=old_key)
    store.cycle_key()
    store.save()
    row = Connection.objects.get(pk=sockets["session"].pk)
    assert row.session_key == store.session_key != old_key
    assert row.credential == closing.session_credential(store.session_key)
    assert ended(node, sockets) == {}


def test_a_login_is_told_without_its_key():
    assert "secret" not in repr(closing.Login(session_key="secret"))
