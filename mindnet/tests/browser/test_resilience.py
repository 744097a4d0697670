"""Nothing is lost: reloads, lost links, a server that restarts, two tabs."""

import re

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


class Link:
    """The sockets of a browser context, which a test can cut and let through again. Pages still load."""

    def __init__(self, context):
        self.is_cut = False
        self.sockets = []
        context.route_web_socket("**/connect", self.opened)

    def opened(self, socket):
        if self.is_cut:
            socket.close()
        else:
            socket.connect_to_server()
            self.sockets.append(socket)

    def cut(self):
        self.is_cut = True
        while self.sockets:
            self.sockets.pop().close()

    def mend(self):
        self.is_cut = False


@pytest.fixture
def room(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The long room")["id"]
    bob.join(number)
    return ada, bob, number


def test_what_is_written_without_a_link_survives_a_reload_and_arrives_once(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, ada)
    link = Link(visitor.context)
    visitor.open(number)
    link.cut()
    expect(visitor.page.locator(".connection")).to_contain_text("Reconnecting in")

    visitor.write("Written in the tunnel")
    visitor.write("And another")
    expect(visitor.page.locator(".pending")).to_have_count(2)
    expect(visitor.page.locator(".connection")).to_contain_text("2 waiting to be sent")
    visitor.page.reload()
    expect(visitor.page.locator(".pending")).to_have_count(2)

    link.mend()
    visitor.sees("Written in the tunnel", timeout=25_000)
    expect(visitor.page.locator(".pending")).to_have_count(0)
    results = bob.api().get(f"/rooms/{number}/messages").json()["results"]
    assert [message["content"] for message in results] == ["Written in the tunnel", "And another"]


def test_what_was_missed_is_there_after_reconnecting(room, new_context):
    ada, bob, number = room
    first = bob.say(number, "Before")
    visitor = Visitor(new_context, ada)
    link = Link(visitor.context)
    visitor.open(number)
    link.cut()
    expect(visitor.page.locator(".connection")).to_contain_text("Reconnecting in")
    client = bob.api()
    for i in range(120):  # More than the offline queue pushes.
        client.post(f"/rooms/{number}/messages", json={"content": f"missed {i}"}).raise_for_status()
    client.patch(f"/messages/{first['id']}", json={"content": "Before, corrected"}).raise_for_status()

    link.mend()
    visitor.sees("missed 119", timeout=25_000)
    expect(visitor.page.locator(".message[data-id]")).to_have_count(121)
    assert visitor.texts() == ["Before, corrected", *(f"missed {i}" for i in range(120))]


def test_a_restarted_server_is_found_again_and_nothing_written_meanwhile_is_lost(make_world, new_context, complaints):
    world = make_world("embedded")
    ada = world.person("ada")
    number = ada.create_room()["id"]
    visitor = Visitor(new_context, ada).open(number)
    [process] = world.processes
    process.stop()
    expect(visitor.page.locator(".connection")).to_contain_text("Reconnecting in")
    visitor.write("Into the silence")
    expect(visitor.page.locator(".pending")).to_contain_text("waiting")
    process.start()
    visitor.sees("Into the silence", timeout=45_000)
    visitor.wait_live()
    complaints.clear()  # Refused connections are written to the console by the browser itself.


def test_the_browser_going_offline_and_back_is_said_and_healed(room, new_context, complaints):
    ada, bob, number = room
    visitor = Visitor(new_context, ada)
    link = Link(visitor.context)
    visitor.open(number)
    link.cut()
    visitor.context.set_offline(True)
    expect(visitor.page.locator(".connection")).to_contain_text("You are offline")
    bob.say(number, "While you were away")
    link.mend()
    visitor.context.set_offline(False)
    # At once, not after the 20 s that the waiting may have grown to.
    visitor.sees("While you were away", timeout=5_000)
    complaints.clear()


def test_two_tabs_send_one_outbox_once(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, ada)
    link = Link(visitor.context)
    visitor.open(number)
    second = visitor.context.new_page()
    second.goto(f"{visitor.url}/room/{number}")
    second.wait_for_selector("[data-state=live]")
    link.cut()
    expect(second.locator(".connection")).to_contain_text("Reconnecting in")
    for i in range(3):
        visitor.write(f"only once {i}")
    expect(second.locator(".pending")).to_have_count(3)
    link.mend()
    for page in (visitor.page, second):
        expect(page.locator(".message[data-id]", has_text="only once")).to_have_count(3, timeout=25_000)
        expect(page.locator(".pending")).to_have_count(0)
    results = bob.api().get(f"/rooms/{number}/messages").json()["results"]
    assert [message["content"] for message in results] == [f"only once {i}" for i in range(3)]


def test_a_refused_message_stays_with_the_reason_and_can_be_tried_again(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, bob).open(number)
    # What he may do now comes slowly, by both ways: he writes before his page knows.
    held, ways = [], ["**/permissions", f"**/room/{number}"]
    for way in ways:
        visitor.page.route(way, lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks it)
    muted = ada.api().post(
        f"/rooms/{number}/restrictions",
        json={"username": bob.username, "kind": "mute", "minutes": 5, "reason": "a pause"},
    )
    assert muted.status_code == 201, muted.text
    visitor.write("May I?")
    failed = visitor.page.locator(".pending.failed")
    expect(failed).to_contain_text("Not sent.")
    assert held
    for way in ways:
        visitor.page.unroute(way)
    visitor.page.reload()
    expect(failed).to_contain_text("May I?")
    ada.api().delete(f"/rooms/{number}/restrictions/{muted.json()['id']}").raise_for_status()
    failed.get_by_role("button", name="Try again").click()
    visitor.sees("May I?")
    expect(failed).to_have_count(0)


def test_a_draft_survives_a_reload_and_belongs_to_its_room(room, new_context):
    ada, _, number = room
    other = ada.create_room()["id"]
    visitor = Visitor(new_context, ada).open(number)
    visitor.page.locator("#content").press_sequentially("Half a thought")
    visitor.page.reload()
    expect(visitor.page.locator("#content")).to_have_value("Half a thought")
    visitor.open(other)
    expect(visitor.page.locator("#content")).to_have_value("")


def test_being_disconnected_by_an_administrator_stops_the_page(embedded, room, new_context):
    ada, _, number = room
    visitor = Visitor(new_context, ada).open(number)
    answer = embedded.admin.api().post("/admin/disconnect", json={"username": ada.username, "reason": "Maintenance"})
    assert answer.status_code == 200, answer.text
    line = visitor.page.locator(".connection")
    expect(line).to_contain_text(re.compile("Disconnected by an administrator. Maintenance"))
    visitor.page.wait_for_timeout(2500)
    expect(line).to_have_attribute("data-state", "stopped")
