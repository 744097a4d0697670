"""A moderator mutes somebody from the menu of a message, and takes it back from the log, on a phone."""

from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


def test_a_mute_from_a_message_and_its_undoing(embedded, new_context, axe):
    ada, bob, cleo = (embedded.person(name) for name in ("ada", "bob", "cleo"))
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    bob.say(room, "BUY NOW")
    visitor = Visitor(new_context, ada, viewport={"width": 320, "height": 640}).open(room)
    page = visitor.page
    visitor.act("BUY NOW", f"About {bob.username} in this room")
    sheet = page.locator(".sheet")
    expect(sheet.locator("figure")).to_contain_text("BUY NOW")
    expect(sheet.locator(".for-slow")).to_be_hidden()
    assert axe(page) == []
    sheet.get_by_label("Reason").fill("Advertising")
    sheet.get_by_role("button", name="Go on").click()
    expect(sheet.locator("h1")).to_have_text(f"Mute {bob.username} in Attic for 10 minutes?")
    assert axe(page) == []
    sheet.get_by_role("button", name="Mute").click()
    expect(page.locator(".notice")).to_have_text(f"{bob.username} is muted.")
    expect(sheet).to_have_count(0)
    refused = bob.api().post(f"/rooms/{room}/messages", json={"content": "again"})
    assert (refused.status_code, refused.json()["reason"]) == (403, "Advertising")

    # The list beside the conversation is drawn anew when somebody comes, and the focus stays in it.
    page.goto(f"{visitor.url}/room/{room}#people")
    visitor.wait_live()
    about = page.locator("[data-people]").get_by_label(f"About {bob.username} in this room")
    expect(about).to_be_visible()
    about.focus()
    expect(about).to_be_focused()
    cleo.join(room)
    expect(page.locator("[data-people] li", has_text=cleo.username)).to_be_visible()
    expect(about).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet.locator("h2").first).to_have_text("What is in force")
    page.keyboard.press("Escape")
    expect(about).to_be_focused()

    for name in ("people", "restrictions", "log"):
        page.goto(f"{visitor.url}/room/{room}/{name}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name=f"Undo: mute of {bob.username}").click()
    expect(page.locator(".deeds")).to_contain_text(f"undone by {ada.username}")
    bob.say(room, "Thank you")
