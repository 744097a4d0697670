"""The token of a page's forms is Django's kind: Django checks it, and no letter is likelier than another."""

import re
from collections import Counter

import pytest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, _check_token_format, _does_token_match, _unmask_cipher_token
from django.test import Client, RequestFactory

from mindnet.pages import csrf

FORM = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def test_django_finds_the_secret_of_a_new_cookie_and_of_one_that_there_is():
    request = RequestFactory().get("/")
    first = csrf.token(request)
    secret = request.META["CSRF_COOKIE"]
    tokens = {first, *(csrf.token(request) for _ in range(50))}
    assert len(tokens) == 51, "each one is masked anew"
    for token in tokens:
        _check_token_format(token)
        assert _does_token_match(token, secret)
        assert not _does_token_match(token[:-1] + ("a" if token[-1] != "a" else "b"), secret)
    assert request.META["CSRF_COOKIE"] == secret == _unmask_cipher_token(first)
    other = RequestFactory().get("/")
    csrf.token(other)
    assert other.META["CSRF_COOKIE"] != secret


def test_a_secret_of_any_letters_is_masked():
    request = RequestFactory().get("/")
    for letter in CSRF_ALLOWED_CHARS:
        request.META["CSRF_COOKIE"] = letter * 32
        assert _does_token_match(csrf.token(request), letter * 32)


def test_every_letter_is_as_likely_as_any_other():
    likely = Counter(csrf.LETTER[byte] for byte in range(256) if byte not in csrf.FOR_NONE)
    assert likely == dict.fromkeys(CSRF_ALLOWED_CHARS.encode(), 4)
    assert set("".join(csrf.letters().decode() for _ in range(400))) == set(CSRF_ALLOWED_CHARS)


@pytest.mark.django_db
def test_a_form_is_taken_with_the_token_of_its_page_alone(ada):
    browser = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    browser.force_login(ada.psychic)
    token = FORM.search(browser.get("/").text)[1]
    forged = Client(enforce_csrf_checks=True)
    stranger = FORM.search(forged.get("/accounts/login/").text)[1]
    for refused in ({}, {"csrfmiddlewaretoken": stranger}):
        assert browser.post("/accounts/logout/", refused).status_code == 403
    assert browser.post("/accounts/logout/", {"csrfmiddlewaretoken": token}).status_code == 302
