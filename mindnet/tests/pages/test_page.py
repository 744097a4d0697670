"""What every page has, whichever it is."""

import json
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import NoReverseMatch, reverse

from messaging import broadcasts
from messaging import services as messaging
from mindnet.base.limits import Rate
from mindnet.pages.urls import urlpatterns
from rooms import guides
from rooms import services as rooms

pytestmark = pytest.mark.django_db

STEPS = [{"at": 0, "kind": "prompt", "text": "Listen", "seconds": 60}]
# For a page's script.
NO_PAGES = {"broadcast_progress"}
ACCOUNT_PAGES = ["account_change_password", "account_logout"]


@pytest.fixture
def addresses(ada):
    """Every address a page may have, with a room and a guide of Ada's."""
    room, _ = rooms.create_room(psychic=ada.psychic, name="Garden", kind="meditation")
    message, _ = messaging.post_message(psychic=ada.psychic, room_id=room.pk, content="hello")
    guide = guides.create_guide(psychic=ada.psychic, name="Two bells", steps=STEPS)
    parts = [{}, {"room_id": room.pk}, {"guide_id": guide.pk}, {"username": "ada"}, *invited(room)]
    parts.append({"room_id": room.pk, "message_id": message.id})
    parts.append({"room_id": room.pk, "username": "ada"})
    parts += [{"room_id": room.pk, name: 1} for name in ("held_id", "mark_id", "rule_id", "restriction_id")]
    ada.psychic.user_permissions.add(Permission.objects.get(codename="broadcast"))
    parts.append({"message_id": broadcasts.broadcast(psychic=ada.psychic, content="hear").messages[0].id})
    names = [pattern.name for pattern in urlpatterns if pattern.name not in NO_PAGES] + ACCOUNT_PAGES
    named = [address(name, parts) for name in names]
    return [*named, f"/room/{room.pk}?before=9", "/people?q=nobody", "/nowhere"]


def invited(room):
    return [{"code": "guess"}, {"invitation_id": 1}, {"room_id": room.pk, "invitation_id": 1}]


def address(name, parts):
    for part in parts:
        try:
            return reverse(name, kwargs=part)
        except NoReverseMatch:
            continue
    raise AssertionError(f"Give this test what the address of {name} wants.")


def test_whoever_is_signed_in_is_here_on_every_page(ada, bob, addresses):
    for path in addresses:
        answer = ada.get(path, follow=True, headers={"Accept": "text/html"})
        assert answer.status_code in (200, 404), path
        assert answer.text.count("data-connection") == 1, path
        assert answer.text.count('type="module"') == 1, path
        [data] = re.findall(r'<script id="mindnet-data" type="application/json">(.*?)</script>', answer.text)
        assert json.loads(data)["me"]["username"] == "ada", path


def test_who_is_not_signed_in_is_nowhere(client):
    for path in ("/", "/accounts/login/", "/accounts/signup/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "data-connection" not in answer.text and "<script" not in answer.text


def test_who_opens_too_many_pages_is_told_when_to_come_again(ada, bob, settings, limits_on, django_assert_num_queries):
    settings.LIMITS = settings.LIMITS | {"PAGE_RATE": Rate(3, 0.01)}
    assert [ada.get("/").status_code for _ in range(2)] == [200, 200]
    assert ada.get("/people").status_code == 200
    with django_assert_num_queries(1):  # who asks
        refused = ada.get("/")
    assert refused.status_code == 429 and 90 <= int(refused["Retry-After"]) <= 101
    assert "That was too fast" in refused.text and "Try again in" in refused.text
    assert bob.get("/").status_code == 200
