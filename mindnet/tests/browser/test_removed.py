"""Put out of a room while its page is open: every part of the page says the same, and no text is lost."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_resilience import Link
from mindnet.tests.browser.visits import Visitor

WORDS = {
    "kick": "You have been sent out of this room. You may come back.",
    "ban": "You have been banned from this room.",
    "closed": "This room has ended.",
}


@pytest.fixture
def room(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The quiet room")["id"]
    bob.join(number)
    ada.say(number, "Welcome")
    return ada, bob, number


def put_out(ada, bob, number, kind):
    if kind == "closed":
        ada.api().delete(f"/rooms/{number}").raise_for_status()
    else:
        body = {"username": bob.username, "kind": kind, "reason": "Too loud"}
        body |= {"minutes": 60} if kind == "ban" else {}
        ada.api().post(f"/rooms/{number}/restrictions", json=body).raise_for_status()


@pytest.mark.parametrize("kind", WORDS)
def test_line_menus_people_and_composer_say_the_same(room, new_context, axe, kind):
    ada, bob, number = room
    visitor = Visitor(new_context, bob, viewport={"width": 360, "height": 700}).open(number)
    page = visitor.page
    visitor.act("Welcome", "React with 🙏")
    expect(visitor.message("Welcome").locator(".chip")).to_be_enabled()
    page.fill("#content", "Half a thought\nthat matters")
    put_out(ada, bob, number, kind)

    note = page.locator(".foot .closed-note")
    expect(note).to_contain_text(WORDS[kind])
    expect(page.locator("[data-connection]")).to_have_text(f"Connected. {WORDS[kind]}")
    expect(page.locator(".message .more")).to_have_count(0)
    expect(visitor.message("Welcome").locator(".chip")).to_be_disabled()
    expect(page.locator("[data-people]")).to_have_text("You are not in this room any more.")
    expect(page.get_by_role("link", name="Leave this room")).to_have_count(0)
    expect(page.locator(f"[data-room='{number}']")).to_have_count(0)
    if kind == "ban":
        expect(note).to_contain_text("Until ")
        expect(note).to_contain_text("The reason: Too loud")
    # It was written in, and so the keyboard is there.
    expect(page.locator(".removed")).to_be_focused()
    expect(page.get_by_label("What you had begun to write")).to_have_value("Half a thought\nthat matters")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_draft_can_be_copied(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, bob, permissions=["clipboard-read", "clipboard-write"]).open(number)
    visitor.page.fill("#content", "Half a thought")
    put_out(ada, bob, number, "kick")
    visitor.page.get_by_role("button", name="Copy the text").click()
    expect(visitor.page.locator(".unsent [role=status]")).to_have_text("Copied.")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == "Half a thought"
    # Back in, it is where it was.
    bob.join(number)
    expect(visitor.page.locator("#content")).to_have_value("Half a thought")


def test_who_was_put_out_while_the_link_was_down_is_told_so_too(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, bob)
    link = Link(visitor.context)
    visitor.open(number)
    link.cut()
    expect(visitor.page.locator("[data-connection]")).to_contain_text("Reconnecting in")
    put_out(ada, bob, number, "kick")
    link.mend()
    line = visitor.page.locator("[data-connection]")
    expect(line).to_have_text("Connected. You are no longer in this room.", timeout=25_000)
    expect(visitor.page.locator(".message .more")).to_have_count(0)


def test_a_page_loaded_after_a_ban_or_the_end_says_so(room, new_context):
    ada, bob, number = room
    visitor = Visitor(new_context, bob)
    put_out(ada, bob, number, "ban")
    visitor.page.goto(f"{visitor.url}/room/{number}")
    expect(visitor.page.locator("[data-standing]")).to_contain_text("You are banned until")
    expect(visitor.page.locator("[data-standing]")).to_contain_text("Too loud")
    expect(visitor.page.get_by_role("button", name="Join this room")).to_have_count(0)
    put_out(ada, bob, number, "closed")
    owner = Visitor(new_context, ada)
    owner.page.goto(f"{owner.url}/room/{number}")
    expect(owner.page.locator("[data-connection]")).to_have_text("Connected. This room has ended.")


def test_who_sits_in_a_session_rises_with_the_room(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="Quiet", kind="meditation")["id"]
    bob.join(number)
    steps = [{"at": 0, "kind": "prompt", "text": "Listen", "seconds": 300}]
    guide = ada.api().post("/guides", json={"name": "Listening", "steps": steps}).json()["id"]
    visitor = Visitor(new_context, bob).open(number)
    ada.api().post(f"/rooms/{number}/session", json={"guide": guide}).raise_for_status()
    visitor.page.get_by_role("button", name="Sit down").click()
    expect(visitor.page.locator(".calm-words")).to_have_text("Listen")
    put_out(ada, bob, number, "kick")
    expect(visitor.page.locator(".calm-words")).to_be_hidden()
    expect(visitor.page.locator("[data-session-bar]")).to_be_hidden()
    expect(visitor.page.locator(".closed-note")).to_contain_text(WORDS["kick"])
