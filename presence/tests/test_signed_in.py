"""Who asks is read afresh with every request: what ends a login ends it at the next."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from presence.login_sessions import SessionStore
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


def test_a_good_login_costs_two_queries(visitor, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert good_login(SessionStore(visitor.session.session_key)).username == "ada"


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
