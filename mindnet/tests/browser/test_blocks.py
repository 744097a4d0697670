"""Ada blocks Bob, who notices nothing, and takes it back."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def three(embedded):
    """Ada's open room with Bob and Cleo in it."""
    people = [embedded.person(name) for name in ("ada", "bob", "cleo")]
    room = people[0].create_room(name="The quiet room")["id"]
    for person in people[1:]:
        person.join(room)
    return *people, room


def test_what_the_blocked_write_is_one_line_until_they_are_unblocked(three, new_context, axe):
    ada, bob, cleo, room = three
    bob.say(room, "You again")
    bob.say(room, "And again")
    reader = Visitor(new_context, ada, viewport=PHONE, color_scheme="light").open(room)
    page = reader.page
    reader.act("You again", f"Block {bob.username}…")
    sheet = page.locator("dialog.sheet")
    expect(sheet).to_contain_text("is not told")
    assert_accessible(page, axe, 320)
    sheet.get_by_role("button", name=f"Block {bob.username}").click()
    expect(sheet).to_contain_text("You have blocked")
    sheet.get_by_role("button", name="Close").click()
    fold = page.locator(".fold:not(.folded)")
    expect(fold).to_contain_text("2 messages from people you have blocked")

    writer = Visitor(new_context, bob).open(room)
    writer.write("Do you hear me?")
    expect(writer.message("Do you hear me?").locator(".meta")).to_contain_text("read by 1")
    expect(fold).to_contain_text("3 messages from people you have blocked")
    cleo.say(room, "Good evening")
    reader.sees("Good evening")
    assert reader.texts() == ["Good evening"]
    assert_accessible(page, axe, 320)
    fold.get_by_role("button", name="Show").click()
    assert reader.texts() == ["You again", "And again", "Do you hear me?", "Good evening"]

    # What comes while one is elsewhere sends nobody looking.
    page.goto(f"{reader.url}/settings/blocks")
    bob.say(room, "Still here")
    cleo.say(room, "Come back")
    expect(page).to_have_title("(1) Whom you have blocked · mindnet")
    assert_accessible(page, axe, 320)
    page.get_by_role("button", name=f"Unblock {bob.username}").click()
    expect(page.get_by_text("is not blocked any more")).to_be_visible()
    reader.open(room)
    reader.sees("Still here")
    expect(page.locator(".fold")).to_have_count(0)
