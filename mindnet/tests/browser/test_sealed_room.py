"""A mind-link in two browsers: not sealed, then sealed, with all that one does in a room, and nothing to read for the
server."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_attaching import choose
from mindnet.tests.browser.visits import Visitor
from presence.tests import images

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "aura.png"
    path.write_bytes(images.picture())
    return path


def note(visitor, words):
    expect(visitor.page.locator("[data-sealing]")).to_contain_text(words)


def set_up(visitor, name):
    """In the sheet over the room: what is said there is another thing once it is done."""
    visitor.page.locator("[data-sealing]").get_by_role("link", name="Your devices").click()
    sheet = visitor.page.locator("dialog.sheet")
    sheet.get_by_label("What shall it be called?").fill(name)
    sheet.get_by_role("button", name="Set up this browser").click()
    expect(sheet).to_contain_text("Make a recovery code now")
    visitor.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_what_two_say_to_each_other_is_sealed_once_both_have_a_device(embedded, new_context, axe, picture, tmp_path):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.api().post("/rooms", json={"kind": "private", "with": bob.username}).json()["id"]
    one = Visitor(new_context, ada).open(room)
    two = Visitor(new_context, bob, viewport=PHONE, has_touch=True).open(room)
    note(one, "Not sealed. Neither of you has a device yet")
    one.write("In the open")
    two.sees("In the open")

    set_up(one, "Laptop")
    note(two, "You have no device yet")
    set_up(two, "Telephone")
    for visitor in (one, two):
        note(visitor, "Sealed: only your devices")
    expect(two.message("In the open").locator(".meta")).to_contain_text("not sealed")

    one.write("The **comet** comes at nine")
    two.sees("The comet comes at nine")
    expect(two.message("comet").locator("strong")).to_have_text("comet")
    expect(one.message("comet").locator("[data-receipt]")).to_contain_text("read")
    one.act("The comet comes at nine", "Edit")
    one.write("The comet comes at ten")
    expect(two.message("The comet comes at ten").locator(".meta")).to_contain_text("edited")
    two.act("The comet comes at ten", "React with ✨")
    expect(one.message("at ten").locator(".chip")).to_have_text("✨ 1")
    two.act("The comet comes at ten", "Reply")
    two.page.fill("#content", "I will be there")
    two.page.get_by_role("button", name="Send").click()
    expect(one.message("I will be there").locator(".quote")).to_contain_text("The comet comes at ten")
    one.act("The comet comes at ten", "React with ✨")
    expect(two.message("at ten").locator(".chip")).to_have_text("✨ 2")
    two.message("at ten").locator(".chip").click()
    expect(one.message("at ten").locator(".chip")).to_have_text("✨ 1")

    notes = tmp_path / "route.txt"
    notes.write_text("over the hill")
    choose(one.page, picture, notes)
    one.write("The way")
    expect(two.message("The way").locator("a.picture img")).to_have_js_property("complete", True)
    with two.page.expect_download() as download:
        two.page.get_by_role("button", name="Download route.txt").click()
    assert download.value.path().read_text() == "over the hill"
    assert two.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(two.page) == []

    one.page.reload()
    one.wait_live()
    for text in ("The comet comes at ten", "I will be there", "The way"):
        one.sees(text)
    one.page.goto(f"{one.url}/search?q=COMET")
    expect(one.page.locator("[data-sealed-search] .result")).to_contain_text("The comet comes at ten")
    expect(one.page.locator("[data-sealed-words]")).to_contain_text("1 found in 3 messages")
    assert axe(one.page) == []
    results = bob.api().get(f"/rooms/{room}/messages").json()["results"]
    assert [message["message_type"] for message in results] == ["text", "sealed", "sealed", "sealed"]
    assert not any(word in str(results) for word in ("comet", "there", "The way", "aura", "route"))
    kept = [path.read_bytes() for path in embedded.folder.rglob("*") if path.is_file() and "static" not in path.parts]
    for words in ("In the open", "comet comes at", "route.txt", "over the hill"):
        assert any(words.encode() in whole for whole in kept) == (words == "In the open"), words
