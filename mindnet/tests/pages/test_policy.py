"""A page's content security policy is the one that django-csp makes, with a nonce of its own."""

import re

import pytest
from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpResponse

from mindnet.pages.policy import PolicyMiddleware


def draw(request):
    return HttpResponse(f"<script nonce={request.csp_nonce}></script>")


VIEWS = [draw, lambda request: HttpResponse("plain"), csp_update({"img-src": "https://example.org"})(draw)]


@pytest.mark.parametrize("view", VIEWS)
def test_the_policy_is_the_librarys(rf, view, monkeypatch):
    monkeypatch.setattr("os.urandom", lambda size: b"n" * size)
    made = [middleware(view)(rf.get("/")) for middleware in (PolicyMiddleware, CSPMiddleware)]
    ours, theirs = ({*one["Content-Security-Policy"].split("; ")} for one in made)
    assert ours == theirs and made[0].content == made[1].content


@pytest.mark.django_db
def test_each_answer_has_a_nonce_of_its_own(ada):
    answers = [ada.get("/") for _ in range(2)]
    nonces = [re.search(r"'nonce-([^']+)'", one["Content-Security-Policy"])[1] for one in answers]
    assert nonces[0] != nonces[1]
    assert all(f'nonce="{nonce}"' in one.text for nonce, one in zip(nonces, answers, strict=True))
