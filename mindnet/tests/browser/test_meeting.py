"""Two people sign up, meet in a room, and talk."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import LIVE, Visitor

PASSWORD = "a long and quiet evening"


def sign_up(new_context, url, name):
    page = new_context().new_page()
    page.goto(url)
    page.get_by_role("link", name="Join with a name").click()
    page.fill("[name=username]", name)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.click("main .button")
    page.wait_for_url(f"{url}/")
    return page


@pytest.fixture
def room(embedded):
    """Ada's open room with Bob in it: (ada, bob, room id)."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The quiet room")["id"]
    bob.join(number)
    return ada, bob, number


def test_two_newcomers_sign_up_meet_and_write_to_each_other(embedded, new_context):
    mark = secrets.token_hex(3)
    ada = sign_up(new_context, embedded.url, f"ada.{mark}")
    bob = sign_up(new_context, embedded.url, f"bob.{mark}")
    ada.fill("#room-name", f"Evening {mark}")
    ada.click("text=Make the room")
    ada.wait_for_selector(LIVE)

    bob.reload()
    bob.get_by_role("button", name=f"Join Evening {mark}").click()
    bob.wait_for_selector(LIVE)
    expect(ada.locator("[data-people]")).to_contain_text(f"bob.{mark}")
    expect(ada.locator("[data-people] li", has_text="bob")).to_contain_text("Online")

    ada.fill("#content", "Can you hear me?")
    ada.press("#content", "Enter")
    expect(bob.locator(".message", has_text="Can you hear me?")).to_be_visible()
    bob.fill("#content", "Every word.")
    bob.press("#content", "Enter")
    expect(ada.locator(".message", has_text="Every word.")).to_be_visible()
    expect(ada.locator(".connection")).to_contain_text("Live, complete to")


def test_the_sender_sees_how_far_a_message_has_come(room, new_context):
    ada, bob, number = room
    sender, reader = Visitor(new_context, ada).open(number), Visitor(new_context, bob).open(number)
    sender.write("Did this arrive?")
    reader.sees("Did this arrive?")
    expect(sender.message("Did this arrive?").locator(".meta")).to_contain_text("read by 1")


def test_a_message_may_be_as_long_as_the_operator_says(make_world, new_context):
    world = make_world("embedded", MINDNET_MESSAGE_CODE_POINTS="210")
    ada = world.person("ada")
    writing = Visitor(new_context, ada).open(ada.create_room(name="The quiet room")["id"])
    left = writing.page.locator("[data-error]")
    writing.page.fill("#content", "🔮" * 10)
    expect(left).to_be_hidden()
    writing.page.fill("#content", "🔮" * 11)
    expect(left).to_have_text("199 characters left.")
    writing.write("🔮" * 212)
    expect(left).to_have_text("2 characters too many for one message.")
    writing.write("🔮" * 210)
    writing.sees("🔮" * 210)
    assert writing.texts() == ["🔮" * 210]


def test_typing_is_shown_and_ends_with_the_message(room, new_context):
    ada, bob, number = room
    one, other = Visitor(new_context, ada).open(number), Visitor(new_context, bob).open(number)
    one.page.locator("#content").press_sequentially("Thinking")
    expect(other.page.locator("[data-typing]")).to_contain_text("is writing")
    one.page.press("#content", "Enter")
    other.sees("Thinking")
    expect(other.page.locator("[data-typing]")).to_be_empty()


def test_reply_reaction_edit_and_deletion_reach_the_other_side(room, new_context):
    ada, bob, number = room
    one, other = Visitor(new_context, ada).open(number), Visitor(new_context, bob).open(number)
    one.write("Shall we begin?")
    other.sees("Shall we begin?")

    other.act("Shall we begin?", "React with 🙏")
    chip = one.message("Shall we begin?").locator(".chip")
    expect(chip).to_have_text("🙏 1")
    chip.click()
    expect(other.message("Shall we begin?").locator(".chip")).to_have_text("🙏 2")

    other.act("Shall we begin?", "Reply")
    other.page.keyboard.type("In a minute")
    other.page.keyboard.press("Enter")
    expect(one.message("In a minute").locator(".quote")).to_contain_text("Shall we begin?")

    # Up in the empty composer takes one's last message back into it.
    one.page.focus("#content")
    one.page.keyboard.press("ArrowUp")
    one.page.fill("#content", "Shall we start?")
    one.page.keyboard.press("Enter")
    expect(other.message("Shall we start?").locator(".meta")).to_contain_text("edited")
    expect(other.message("In a minute").locator(".quote")).to_contain_text("Shall we start?")

    one.page.on("dialog", lambda dialog: dialog.accept())
    one.act("Shall we start?", "Delete")
    expect(other.page.locator(".bubble > .gone")).to_have_text("Deleted")
    expect(other.message("In a minute").locator(".quote")).to_have_text(f"{one.person.username} Deleted")


def test_the_lobby_counts_what_is_unread(room, new_context):
    ada, bob, number = room
    waiting = Visitor(new_context, bob)
    waiting.wait_live()
    ada.say(number, "one")
    ada.say(number, "two")
    expect(waiting.page.locator(f"[data-room='{number}'] .badge")).to_contain_text("2")
    expect(waiting.page).to_have_title(re.compile(r"^\(2\) "))
    waiting.open(number)
    expect(waiting.page.locator(".line")).to_be_visible()
    expect(waiting.page).not_to_have_title(re.compile(r"^\("))
    waiting.page.goto(f"{waiting.url}/")
    waiting.wait_live()
    expect(waiting.page.locator(f"[data-room='{number}'] .badge")).to_have_count(0)


def test_a_mind_link_is_named_after_the_other_one(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    one, other = Visitor(new_context, ada), Visitor(new_context, bob)
    other.wait_live()
    one.page.fill("#link-with", bob.username)
    one.page.get_by_role("button", name="Open", exact=True).click()
    one.wait_live()
    expect(one.page.locator("h1")).to_contain_text(bob.username)
    expect(other.page.locator("[data-my-rooms]")).to_contain_text(ada.username)


def test_a_meditating_person_is_shown_before_writing_and_gets_it_at_the_bell(room, new_context):
    ada, bob, number = room
    one, other = Visitor(new_context, ada).open(number), Visitor(new_context, bob).open(number)
    other.page.click("#account-menu summary")
    other.page.get_by_label("Meditating").check()
    other.page.get_by_role("button", name="Set", exact=True).click()
    expect(other.page.locator(".meditating-banner")).to_contain_text("You are in deep meditation until")

    expect(one.page.locator("[data-held]")).to_contain_text("waits for the bell")
    expect(one.page.locator("[data-people] li", has_text=bob.username)).to_contain_text("Meditating until")
    one.write("When you are back")
    one.sees("When you are back")
    other.page.wait_for_timeout(700)
    expect(other.message("When you are back")).to_have_count(0)

    other.page.get_by_role("button", name="Ring the bell").click()
    other.sees("When you are back")
    expect(one.page.locator("[data-held]")).to_be_hidden()


def test_whoever_signs_out_elsewhere_is_told_so(room, new_context, complaints):
    ada, _, number = room
    visitor = Visitor(new_context, ada).open(number)
    second = visitor.context.new_page()
    second.goto(f"{visitor.url}/accounts/logout/")
    second.click("main .button:not(.ghost)")
    expect(visitor.page.locator(".connection")).to_contain_text("Signed out elsewhere")
    expect(visitor.page.get_by_role("link", name="Sign in again")).to_be_visible()
    # What the page asks in that very moment is refused, and the browser itself writes that to the console.
    complaints[:] = [one for one in complaints if "401 (Unauthorized)" not in one]


def test_who_has_not_joined_reads_and_comes_in(embedded, new_context):
    ada, cleo = embedded.person("ada"), embedded.person("cleo")
    number = ada.create_room(name="Open door")["id"]
    ada.say(number, "Come in, all of you")
    visitor = Visitor(new_context, cleo)
    visitor.page.goto(f"{visitor.url}/room/{number}")
    visitor.sees("Come in, all of you")
    expect(visitor.page.locator("#content")).to_have_count(0)
    visitor.page.get_by_role("button", name="Join this room").click()
    visitor.wait_live()
    visitor.write("Here I am")
    visitor.sees("Here I am")


def test_mallory_finds_nothing_where_a_closed_room_is(embedded, new_context, complaints):
    ada, mallory = embedded.person("ada"), embedded.person("mallory")
    number = ada.create_room(name="Secret garden", kind="closed")["id"]
    visitor = Visitor(new_context, mallory)
    closed = visitor.page.goto(f"{visitor.url}/room/{number}")
    assert closed.status == 404
    assert "Secret garden" not in visitor.page.content()
    shown = visitor.page.locator("main").inner_text()
    visitor.page.goto(f"{visitor.url}/room/999999999")
    assert visitor.page.locator("main").inner_text() == shown
    complaints.clear()  # The browser itself writes the 404 to the console.
