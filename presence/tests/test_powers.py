"""Nobody of the staff gives or takes over what they do not hold themselves, by whatever form or action."""

import pytest
from django.contrib.auth.models import Group, Permission
from knox.models import AuthToken

from mindnet.base.errors import DomainError
from presence import operators
from presence.closing import Login
from presence.models import Connection, Node, Psychic
from presence.tests.test_admin import NEW_PASSWORD, PEOPLE, act, form_of

pytestmark = pytest.mark.django_db

GROUPS, TOKENS = "/admin/auth/group/", "/admin/knox/authtoken/"


def permissions(*codenames):
    found = Permission.objects.filter(codename__in=codenames)
    assert found.count() == len(codenames)
    return found


def staff(name, *codenames):
    psychic = Psychic.objects.create_user(name, password="correct horse", is_staff=True)
    psychic.user_permissions.set(permissions(*codenames))
    return psychic


@pytest.fixture
def olga():
    """Looks after accounts and groups."""
    return staff(
        "olga", "view_psychic", "add_psychic", "change_psychic", "view_group", "change_group", "delete_group",
        "view_authtoken", "add_authtoken", "delete_authtoken",
    )  # fmt: skip


@pytest.fixture
def client(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def bob():
    return Psychic.objects.create_user("bob", password="correct horse")


@pytest.fixture(params=["own", "group", "closed", "superuser"])
def stronger(request):
    """Somebody with powers that Olga has not."""
    if request.param == "superuser":
        return Psychic.objects.create_superuser("sol", password="correct horse")
    if request.param == "group":
        psychic = staff("mia")
        group = Group.objects.create(name="heralds")
        group.permissions.set(permissions("broadcast"))
        psychic.groups.add(group)
        return psychic
    psychic = staff("mia", "broadcast")
    if request.param == "closed":
        Psychic.objects.filter(pk=psychic.pk).update(is_active=False)
    return psychic


# Taking over


def test_nobody_takes_over_who_holds_more(client, stronger):
    assert client.post(f"{PEOPLE}{stronger.pk}/password/", NEW_PASSWORD).status_code == 403
    assert client.get(f"{PEOPLE}{stronger.pk}/change/").status_code == 200  # to look at
    assert client.post(f"{PEOPLE}{stronger.pk}/change/", {"username": "mine", "is_active": "on"}).status_code == 403
    before = Psychic.objects.get(pk=stronger.pk)
    act(client, PEOPLE, "close_account", stronger)
    act(client, PEOPLE, "remove_picture", stronger)
    after = Psychic.objects.get(pk=stronger.pk)
    assert after.check_password("correct horse")
    assert (after.username, after.is_active) == (before.username, before.is_active)


def test_who_holds_no_more_is_looked_after(client, bob, olga):
    equal = staff("mia", "view_psychic")
    for psychic in (bob, equal, olga):
        assert client.post(f"{PEOPLE}{psychic.pk}/password/", NEW_PASSWORD).status_code == 302
        assert Psychic.objects.get(pk=psychic.pk).check_password(NEW_PASSWORD["password1"])
    act(client, PEOPLE, "close_account", bob)
    assert not Psychic.objects.get(pk=bob.pk).is_active


def test_the_services_ask_for_the_permission_themselves(bob):
    nobody = staff("mia")
    for deed in (operators.close_account, operators.remove_avatar, operators.lift_ban):
        with pytest.raises(DomainError) as caught:
            deed(by=nobody, psychic=bob)
        assert caught.value.code == "permission_denied"


def test_nobody_makes_a_token_for_somebody_else_and_revokes_that_of_who_holds_more(client, bob, stronger):
    assert client.post(f"{TOKENS}add/", {"user": stronger.pk}).status_code == 403
    assert not AuthToken.objects.exists()
    out_of_reach, _ = AuthToken.objects.create(stronger)
    within, _ = AuthToken.objects.create(bob)
    for token in (out_of_reach, within):
        client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})
    client.post(TOKENS, {"action": "delete_selected", "_selected_action": [out_of_reach.pk], "post": "yes"})
    assert list(AuthToken.objects.all()) == [out_of_reach]


@pytest.mark.parametrize(
    "url, lookup",
    [
        (PEOPLE, "settled_password__startswith"),
        (PEOPLE, "password__startswith"),
        (TOKENS, "digest__startswith"),
        ("/admin/presence/connection/", "session_key__startswith"),
        ("/admin/presence/connection/", "token_digest__startswith"),
        ("/admin/rooms/invitation/", "code__startswith"),
    ],
)
def test_no_filter_reads_what_no_page_shows(client, olga, bob, url, lookup):
    olga.user_permissions.add(*permissions("view_connection", "view_invitation"))
    login = Login(session_key="k" * 32)
    Connection.objects.create(psychic=bob, node=Node.objects.create(host="north", pid=1), session_key=login.session_key)
    assert client.get(f"{url}?{lookup}=k").status_code == 400
    assert client.get(url).status_code == 200


# Giving


def group_of(olga, *codenames):
    group = Group.objects.create(name="helpers")
    group.permissions.set(permissions(*codenames))
    olga.groups.add(group)
    return group


def save(client, group, *codenames):
    ids = [str(permission.pk) for permission in permissions(*codenames)]
    return client.post(f"{GROUPS}{group.pk}/change/", {"name": group.name, "permissions": ids})


def held(group):
    return set(group.permissions.values_list("codename", flat=True))


def test_nobody_gives_their_own_group_what_they_do_not_hold(client, olga):
    group = group_of(olga, "view_psychic")
    answer = save(client, group, "view_psychic", "broadcast")
    assert answer.status_code == 200 and "permissions" in answer.context["adminform"].form.errors
    assert held(group) == {"view_psychic"}
    assert save(client, group, "view_psychic", "change_psychic").status_code == 302
    assert held(group) == {"view_psychic", "change_psychic"}


def test_nobody_changes_or_deletes_a_group_that_holds_more(client, olga):
    group = Group.objects.create(name="heralds")
    group.permissions.set(permissions("broadcast"))
    assert save(client, group, "view_psychic").status_code == 403
    assert client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(GROUPS, {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"})
    assert held(group) == {"broadcast"}


def test_a_superuser_gives_everything(client):
    client.force_login(Psychic.objects.create_superuser("sol", password="correct horse"))
    group = Group.objects.create(name="heralds")
    assert save(client, group, "broadcast", "view_psychic").status_code == 302
    assert held(group) == {"broadcast", "view_psychic"}


@pytest.mark.parametrize("username", ["admin", "Ad.Min", "_root_"])
def test_staff_call_nobody_by_a_reserved_name(client, bob, username):
    answer = client.post(f"{PEOPLE}add/", NEW_PASSWORD | {"username": username})
    assert "reserved" in str(answer.context["adminform"].form.errors["username"])
    url = f"{PEOPLE}{bob.pk}/change/"
    answer = client.post(url, form_of(client.get(url), username=username))
    assert "reserved" in str(answer.context["adminform"].form.errors["username"])
    assert Psychic.objects.filter(username__in=("bob", username)).get() == bob


def test_a_reserved_name_of_before_stays(client, bob):
    Psychic.objects.filter(pk=bob.pk).update(username="admin")
    url = f"{PEOPLE}{bob.pk}/change/"
    assert client.post(url, form_of(client.get(url), bio="quiet")).status_code == 302


# Bans by the form


BAN = {"banned_until_0": "2099-01-01", "banned_until_1": "00:00:00", "ban_reason": "too loud"}


def try_to_ban(client, psychic, **changes):
    url = f"{PEOPLE}{psychic.pk}/change/"
    client.post(url, form_of(client.get(url)) | BAN | changes)
    row = Psychic.objects.get(pk=psychic.pk)
    return row.banned_until is not None, row.ban_reason


def test_the_form_bans_with_the_permission_only(client, olga, bob):
    assert try_to_ban(client, bob) == (False, "")
    olga.user_permissions.add(*permissions("disconnect"))
    assert try_to_ban(client, bob, ban_reason="bell \u202e") == (False, "")
    assert try_to_ban(client, bob) == (True, "too loud")


def test_the_form_neither_bans_nor_closes_oneself(client, olga):
    olga.user_permissions.add(*permissions("disconnect"))
    assert try_to_ban(client, olga) == (False, "")
    url = f"{PEOPLE}{olga.pk}/change/"
    client.post(url, form_of(client.get(url), is_active=None))
    assert Psychic.objects.get(pk=olga.pk).is_active
