"""Who asks is read afresh with every request: what ends a login ends it at the next."""

from datetime import timedelta
from secrets import token_hex

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from presence.callers import Credential, by_credentials
from presence.login_sessions import KEPT_CHARACTERS, SIGNED_IN_AT, SessionStore, Whose
from presence.models import Psychic
from presence.signed_in import good_login

pytestmark = pytest.mark.django_db

PAGE = "/settings/blocks"


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="open the third eye")


@pytest.fixture
def visitor(ada):
    client = Client()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


def is_in(visitor):
    return visitor.get(PAGE).status_code == 200


def change(visitor, **entries):
    session = visitor.session
    session.update(entries)
    session.save()


@pytest.fixture
def bob():
    return Psychic.objects.create_user("bob", password="open the third eye")


def asked(visitor):
    """Whom the short way lets in by the visitor's cookie."""
    [psychic] = by_credentials([Credential(session_key=visitor.session.session_key)])
    return psychic and psychic.username


def test_a_good_login_costs_two_queries_at_first_and_then_one(visitor, django_assert_num_queries):
    for most in (2, 1, 1):
        with django_assert_num_queries(most):
            assert good_login(SessionStore(visitor.session.session_key)).username == "ada"


def test_the_page_of_a_good_login_reads_it_once(visitor, ada):
    assert is_in(visitor)
    with CaptureQueriesContext(connection) as captured:
        assert is_in(visitor)
    first, *rest = [each["sql"] for each in captured]
    assert "session_data" in first and "password" in first
    again = f'FROM "psychics" WHERE "psychics"."id" = {ada.pk}'
    assert not any("django_session" in each or ("password" in each and again in each) for each in rest)


def test_what_a_session_says_counts_and_not_whose_it_was(visitor, ada, bob):
    assert asked(visitor) == "ada" and is_in(visitor)
    change(visitor, **{SESSION_KEY: str(bob.pk), HASH_SESSION_KEY: bob.get_session_auth_hash()})
    assert asked(visitor) == "bob"
    change(visitor, **{SESSION_KEY: str(ada.pk)})
    assert asked(visitor) is None


ENDS = {
    "closed": lambda ada, session: Psychic.objects.filter(pk=ada.pk).update(is_active=False),
    "banned": lambda ada, session: Psychic.objects.filter(pk=ada.pk).update(banned_until=timezone.now() + timedelta(1)),
    "another password": lambda ada, session: Psychic.objects.filter(pk=ada.pk).update(password="another"),
    "gone": lambda ada, session: Session.objects.all().delete(),
    "run out": lambda ada, session: Session.objects.update(expire_date=timezone.now()),
    "forged": lambda ada, session: Session.objects.update(session_data=session.session_data[:-1] + "_"),
    "without a backend": lambda ada, session: store(session, **{BACKEND_SESSION_KEY: "none.of.ours"}),
    "too old": lambda ada, session: store(session, **{SIGNED_IN_AT: 0}),
    "to be stored again": lambda ada, session: store(session, **{SIGNED_IN_AT: None}),
}


def store(session, **entries):
    """Past the store, which would let nothing old in."""
    data = session.get_decoded() | entries
    text = SessionStore().encode({name: value for name, value in data.items() if value is not None})
    Session.objects.update(session_data=text)


@pytest.mark.parametrize("end", ENDS)
def test_nothing_of_a_login_is_kept(visitor, ada, end):
    assert asked(visitor) == asked(visitor) == "ada"
    ENDS[end](ada, Session.objects.get())
    assert asked(visitor) is None
    assert by_credentials([Credential(session_key=visitor.session.session_key)] * 2) == [None, None]


def test_what_was_signed_with_a_key_that_is_gone_says_nothing(visitor, settings):
    assert asked(visitor) == asked(visitor) == "ada"
    settings.SECRET_KEY = "k" * 50
    assert asked(visitor) is None


def test_many_are_asked_for_together_and_each_has_their_own(ada, bob, django_assert_num_queries):
    visitors = []
    for psychic in (ada, bob):
        visitors.append(Client())
        visitors[-1].force_login(psychic, backend="django.contrib.auth.backends.ModelBackend")
    keys = [visitor.session.session_key for visitor in visitors] + ["x" * 32, "", "\0"]
    credentials = [Credential(session_key=key) for key in [*keys, keys[0]]]
    for _ in range(2):
        found = by_credentials(credentials)
        assert [one and one.username for one in found] == ["ada", "bob", None, None, None, "ada"]
    with django_assert_num_queries(1):
        assert [one.username for one in by_credentials(credentials[:2] * 20)] == ["ada", "bob"] * 20


def test_of_the_sessions_seen_before_so_many_are_remembered():
    seen = Whose(2)
    for number, key in enumerate("abac"):
        seen.put(key, number)
    assert [seen.get(key) for key in "abc"] == [None, 1, 3]


@pytest.mark.parametrize("size", [1, KEPT_CHARACTERS])
def test_what_a_request_does_to_its_session_no_other_sees(size):
    data = {"form": token_hex(size), "deep": [{"a": 1}]}
    text = SessionStore().encode(data)
    for _ in range(2):
        mine = SessionStore().decode(text)
        assert mine == data
        mine["deep"][0]["a"] = 2


def test_another_password_ends_it(visitor, ada):
    assert is_in(visitor)
    ada.set_password("another third eye")
    ada.save(update_fields=["password"])
    assert not is_in(visitor) and SESSION_KEY not in visitor.session


def test_a_closed_account_ends_it(visitor, ada):
    Psychic.objects.filter(pk=ada.pk).update(is_active=False)
    assert not is_in(visitor)


@pytest.mark.parametrize("entries", [{SESSION_KEY: "x"}, {SESSION_KEY: "9" * 30}, {HASH_SESSION_KEY: ""}])
def test_what_no_login_has_written_lets_nobody_in(visitor, entries):
    change(visitor, **entries)
    visitor.raise_request_exception = False
    assert not is_in(visitor)


def test_a_key_that_was_changed_since_is_exchanged(visitor, settings):
    before = visitor.session.session_key
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "k" * 50
    assert is_in(visitor) and visitor.session.session_key != before
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(visitor)
