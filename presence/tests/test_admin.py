"""The admin's pages of people, connections and processes, with real rows behind them."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from knox.models import AuthToken

from mindnet.realtime import codes
from presence import avatars, directory
from presence.models import Connection, Node, Psychic, Status
from presence.tests import images

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
NEW_PASSWORD = {"password1": "a long horse 7", "password2": "a long horse 7", "usable_password": "true"}
PEOPLE, CONNECTIONS, NODES = (f"/admin/presence/{name}/" for name in ("psychic", "connection", "node"))


@pytest.fixture
def sol():
    return Psychic.objects.create_superuser("sol", password="correct horse")


@pytest.fixture
def bob():
    return Psychic.objects.create_user("bob", password="correct horse", display_name=SCRIPT, bio=SCRIPT)


@pytest.fixture
def connection(bob):
    node = Node.objects.create(host=f"north{SCRIPT}", pid=7)
    return Connection.objects.create(psychic=bob, node=node, address="192.0.2.7", user_agent=f"browser {SCRIPT}")


@pytest.fixture
def staff():
    """Of the staff, with the permissions named and no other."""

    def staff(*codenames):
        psychic = Psychic.objects.create_user("olga", password="correct horse", is_staff=True)
        psychic.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        assert psychic.user_permissions.count() == len(codenames)
        return psychic

    return staff


def act(client, url, action, *rows, **fields):
    """Carries out an action on the rows; the page that follows."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **fields}
    return client.post(url, data, follow=True)


def login(client, psychic):
    client.force_login(psychic)
    return client


@pytest.mark.parametrize("url", [PEOPLE, CONNECTIONS, NODES])
def test_every_list_opens_and_escapes_what_people_typed(client, sol, connection, url):
    answer = login(client, sol).get(url)
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text and "&lt;script&gt;alert(1)" in answer.text


def test_every_row_opens_and_escapes_what_people_typed(client, sol, bob, connection):
    login(client, sol)
    for url, row in [(PEOPLE, bob), (CONNECTIONS, connection), (NODES, connection.node)]:
        answer = client.get(f"{url}{row.pk}/change/")
        assert answer.status_code == 200, url
        assert "<script>alert(1)" not in answer.text and "&lt;script&gt;alert(1)" in answer.text


def test_searches_and_filters(client, sol, bob, connection):
    login(client, sol)
    for url, query, found in [
        (PEOPLE, "q=bo", True), (PEOPLE, "q=nobody", False), (PEOPLE, "q=%00", None),
        (PEOPLE, "banned=yes", False), (PEOPLE, "status__exact=offline", True), (PEOPLE, "is_staff__exact=1", False),
        (CONNECTIONS, "q=bob", True), (CONNECTIONS, "q=192.0.2.7", True), (CONNECTIONS, "q=192.0.2.8", False),
        (CONNECTIONS, "q=north", True), (CONNECTIONS, "state=live", True), (CONNECTIONS, "state=closed", False),
        (NODES, "q=north", True), (NODES, "q=south", False),
    ]:  # fmt: skip
        answer = client.get(f"{url}?{query}")
        assert answer.status_code == 200, query
        if found is not None:
            rows = answer.context["cl"].result_list
            assert any(row in (bob, connection, connection.node) for row in rows) is found, query


@pytest.mark.parametrize("url", [PEOPLE, CONNECTIONS, NODES])
def test_lists_cost_the_same_however_long_they_are(client, sol, url, django_assert_max_num_queries):
    login(client, sol)
    for number in range(30):
        psychic = Psychic.objects.create(username=f"soul{number}")
        node = Node.objects.create(host="north", pid=number)
        Connection.objects.create(psychic=psychic, node=node)
    with django_assert_max_num_queries(7):
        assert client.get(url).status_code == 200


def test_counting_ends_somewhere(client, sol, monkeypatch):
    monkeypatch.setattr("presence.admin_lists.COUNTED_ROWS", 120)
    Psychic.objects.bulk_create(Psychic(username=f"soul{number}") for number in range(200))
    answer = login(client, sol).get(PEOPLE)
    assert answer.context["cl"].result_count == 120


# A psychic's page


def form_of(answer, **changes):
    """What the page's form would send, with changes."""
    form = answer.context["adminform"].form
    data = {}
    for name in form.fields:
        value = form[name].value()
        if value is True:
            data[name] = "on"
        elif value not in (None, False):
            data[name] = value
    for formset in answer.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        data |= {f"{prefix}-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    data.pop("password", None)
    return {name: value for name, value in (data | changes).items() if value is not None}


def test_live_connections_are_shown_and_cannot_be_changed(client, sol, bob, connection):
    answer = login(client, sol).get(f"{PEOPLE}{bob.pk}/change/")
    assert "192.0.2.7" in answer.text and str(connection.pk) in answer.text
    assert 'name="connections-0-address"' not in answer.text


def test_saving_writes_what_was_changed_and_nothing_else(client, sol, bob):
    login(client, sol)
    page = client.get(f"{PEOPLE}{bob.pk}/change/")
    # While the form is open, Bob comes online and reads on.
    Psychic.objects.filter(pk=bob.pk).update(status=Status.ONLINE, everyone_read_seq=7)
    answer = client.post(f"{PEOPLE}{bob.pk}/change/", form_of(page, display_name="Bob"), follow=True)
    assert answer.redirect_chain, answer.context["errors"]
    bob.refresh_from_db()
    assert (bob.display_name, bob.status, bob.everyone_read_seq) == ("Bob", Status.ONLINE, 7)


def test_a_closed_account_loses_tokens_and_connections(client, sol, bob, connection):
    AuthToken.objects.create(bob)
    login(client, sol)
    page = client.get(f"{PEOPLE}{bob.pk}/change/")
    client.post(f"{PEOPLE}{bob.pk}/change/", form_of(page, is_active=None))
    connection.refresh_from_db()
    assert connection.close_code == codes.SESSION_ENDED and not AuthToken.objects.exists()


def test_staff_make_an_account(client, sol):
    fields = NEW_PASSWORD | {"username": "carol"}
    answer = login(client, sol).post(f"{PEOPLE}add/", fields)
    assert answer.status_code == 302, answer.context["errors"]
    assert Psychic.objects.get(username="carol").check_password("a long horse 7")
    again = client.post(f"{PEOPLE}add/", fields | {"username": "CAROL"})
    assert again.status_code == 200 and "username" in again.context["adminform"].form.errors
    assert Psychic.objects.filter(username__iexact="carol").count() == 1


def test_a_password_set_by_staff_ends_every_login(client, sol, bob, connection):
    AuthToken.objects.create(bob)
    Psychic.objects.filter(pk=bob.pk).update(everyone_read_seq=7)
    answer = login(client, sol).post(f"{PEOPLE}{bob.pk}/password/", NEW_PASSWORD)
    assert answer.status_code == 302, answer.content
    connection.refresh_from_db()
    bob.refresh_from_db()
    assert connection.close_code == codes.SESSION_ENDED and not AuthToken.objects.exists()
    assert bob.check_password("a long horse 7") and bob.everyone_read_seq == 7


def test_a_password_taken_away_ends_every_login(client, sol, bob, connection):
    AuthToken.objects.create(bob)
    answer = login(client, sol).post(
        f"{PEOPLE}{bob.pk}/password/", {"usable_password": "false", "unset-password": "Disable"}
    )
    assert answer.status_code == 302, answer.content
    connection.refresh_from_db()
    bob.refresh_from_db()
    assert not bob.has_usable_password()
    assert connection.close_code == codes.SESSION_ENDED and not AuthToken.objects.exists()


# Powers


def test_staff_do_not_make_themselves_superusers(client, staff, bob):
    olga = staff("change_psychic", "view_psychic")
    page = login(client, olga).get(f"{PEOPLE}{olga.pk}/change/")
    client.post(f"{PEOPLE}{olga.pk}/change/", form_of(page) | {"is_superuser": "on", "display_name": "Olga"})
    olga.refresh_from_db()
    assert olga.display_name == "Olga" and not olga.is_superuser


def test_staff_do_not_touch_superusers(client, staff, sol):
    login(client, staff("change_psychic", "view_psychic"))
    assert client.post(f"{PEOPLE}{sol.pk}/password/", NEW_PASSWORD).status_code == 403
    assert client.post(f"{PEOPLE}{sol.pk}/change/", {"username": "sol2"}).status_code == 403
    act(client, PEOPLE, "close_account", sol)
    sol.refresh_from_db()
    assert sol.is_active and sol.username == "sol" and sol.check_password("correct horse")


def test_nobody_is_deleted_and_nothing_made_up(client, sol, bob, connection):
    login(client, sol)
    assert client.post(f"{PEOPLE}{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    for url, row in [(CONNECTIONS, connection), (NODES, connection.node)]:
        assert client.get(f"{url}add/").status_code == 403
        assert client.post(f"{url}{row.pk}/change/", {"host": "x"}).status_code == 403
        assert client.post(f"{url}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(CONNECTIONS).text


@pytest.mark.parametrize("url", [PEOPLE, CONNECTIONS, NODES])
def test_without_being_staff_there_is_no_admin(client, bob, url):
    assert login(client, bob).get(url).status_code == 302


# Actions


def test_disconnecting_people(client, sol, bob, connection):
    answer = act(login(client, sol), PEOPLE, "disconnect", bob, sol, reason=SCRIPT)
    connection.refresh_from_db()
    assert (connection.close_code, connection.close_reason) == (codes.DISCONNECTED, SCRIPT)
    assert "Connections closed: 1." in answer.text
    assert {entry.object_repr for entry in LogEntry.objects.filter(user=sol)} == {"bob", "sol"}
    history = client.get(f"{PEOPLE}{bob.pk}/history/")
    assert "Disconnected 1." in history.text and "<script>alert(1)" not in history.text


def test_disconnecting_a_connection(client, sol, bob, connection):
    other = Connection.objects.create(psychic=bob, node=connection.node)
    answer = act(login(client, sol), CONNECTIONS, "disconnect", connection)
    connection.refresh_from_db()
    other.refresh_from_db()
    assert connection.close_code == codes.DISCONNECTED and other.close_code is None
    assert "Connections closed: 1." in answer.text


def test_banning_and_lifting_the_ban(client, sol, bob, connection):
    act(login(client, sol), PEOPLE, "ban", bob, reason="too loud", minutes="30")
    bob.refresh_from_db()
    connection.refresh_from_db()
    assert abs(bob.banned_until - timezone.now() - timedelta(minutes=30)) < timedelta(minutes=1)
    assert bob.ban_reason == "too loud" and connection.close_code == codes.BANNED
    assert bob in client.get(f"{PEOPLE}?banned=yes").context["cl"].result_list
    act(client, PEOPLE, "lift_ban", bob)
    bob.refresh_from_db()
    assert bob.banned_until is None and bob.ban_reason == ""


@pytest.mark.parametrize("minutes", ["soon", "0", "-5", "99999999999999", "1.5", "²"])
def test_a_ban_of_no_length_bans_nobody(client, sol, bob, minutes):
    answer = act(login(client, sol), PEOPLE, "ban", bob, minutes=minutes)
    bob.refresh_from_db()
    assert answer.status_code == 200 and bob.banned_until is None


def test_closing_an_account(client, sol, bob, connection):
    AuthToken.objects.create(bob)
    act(login(client, sol), PEOPLE, "close_account", bob, sol)
    bob.refresh_from_db()
    connection.refresh_from_db()
    sol.refresh_from_db()
    assert not bob.is_active and connection.close_code == codes.SESSION_ENDED and not AuthToken.objects.exists()
    assert sol.is_active


def test_actions_need_their_permission(client, staff, bob, connection):
    login(client, staff("view_psychic", "view_connection"))
    for url, action, row in [
        (PEOPLE, "disconnect", bob), (PEOPLE, "ban", bob), (PEOPLE, "lift_ban", bob), (PEOPLE, "close_account", bob),
        (CONNECTIONS, "disconnect", connection),
    ]:  # fmt: skip
        act(client, url, action, row)
    bob.refresh_from_db()
    connection.refresh_from_db()
    assert bob.is_active and bob.banned_until is None and connection.close_code is None


def test_the_permission_to_disconnect_is_enough_to_disconnect(client, staff, sol, bob, connection):
    node = connection.node
    of_sol = Connection.objects.create(psychic=sol, node=node)
    login(client, staff("view_psychic", "disconnect"))
    answer = act(client, PEOPLE, "disconnect", bob, sol)
    connection.refresh_from_db()
    of_sol.refresh_from_db()
    assert connection.close_code == codes.DISCONNECTED and of_sol.close_code is None
    assert "Only a superuser" in answer.text


# Profiles


@pytest.fixture
def pictured(bob, settings, tmp_path):
    """Bob has a picture, in a folder of this test's own."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    return avatars.set_avatar(psychic=bob, file=SimpleUploadedFile("x.png", images.picture()))


def test_staff_see_the_picture_and_take_it_away(client, sol, pictured, tmp_path, django_capture_on_commit_callbacks):
    page = login(client, sol).get(f"{PEOPLE}{pictured.pk}/change/")
    assert f'src="/psychics/bob/avatar?v={pictured.avatar}"' in page.text
    with django_capture_on_commit_callbacks(execute=True):
        answer = act(client, PEOPLE, "remove_picture", pictured, sol)
    assert "Pictures removed: 1." in answer.text
    pictured.refresh_from_db()
    assert pictured.avatar == "" and not any((tmp_path / "avatars").iterdir())
    assert LogEntry.objects.get().change_message == "Removed the picture."
    assert "/avatar?v=" not in client.get(f"{PEOPLE}{pictured.pk}/change/").text


def test_removing_pictures_needs_the_permission(client, staff, sol, pictured):
    avatars.set_avatar(psychic=sol, file=SimpleUploadedFile("x.png", images.picture()))
    looker = login(client, staff("view_psychic"))
    act(looker, PEOPLE, "remove_picture", pictured)
    pictured.refresh_from_db()
    assert pictured.avatar
    olga = Psychic.objects.get(username="olga")
    olga.user_permissions.add(Permission.objects.get(codename="change_psychic"))
    answer = act(login(client, olga), PEOPLE, "remove_picture", pictured, sol)
    pictured.refresh_from_db()
    sol.refresh_from_db()
    assert pictured.avatar == "" and sol.avatar and "Only a superuser" in answer.text


def test_display_names_given_by_staff_obey_the_same_rules(client, sol, bob):
    client.force_login(sol)
    url = f"{PEOPLE}{bob.pk}/change/"
    for name in ("joi\u200dner", "\u2800"):
        answer = client.post(url, form_of(client.get(url), display_name=name))
        assert answer.status_code == 200 and answer.context["adminform"].form.errors["display_name"], name
    assert client.post(url, form_of(client.get(url), display_name="We ❤\ufe0f tea")).status_code == 302
    bob.refresh_from_db()
    assert bob.display_name == "We ❤\ufe0f tea"


def test_abilities_changed_by_staff_are_found(client, sol, bob):
    login(client, sol)
    url = f"{PEOPLE}{bob.pk}/change/"
    page = client.get(url)
    assert client.post(url, form_of(page, abilities='["Calm", "calm", "Far Sight"]')).status_code == 302
    bob.refresh_from_db()
    assert bob.abilities == ["Calm", "Far Sight"]
    assert [row.username for row in directory.find(ability="far sight")] == ["bob"]
    for text in ('"calm"', "[7]", '{"a": 1}', '["a, b"]', '["two\\nlines"]', "[", '["' + "a" * 41 + '"]'):
        answer = client.post(url, form_of(page, abilities=text))
        assert answer.status_code == 200 and answer.context["adminform"].form.errors["abilities"], text
    # The form carries what it showed beside what is wanted.
    shown = {"initial-abilities": '["Calm", "Far Sight"]'}
    assert client.post(url, form_of(page, abilities="", **shown)).status_code == 302
    bob.refresh_from_db()
    assert bob.abilities == [] and not directory.find(ability="calm")
