"""What counts as read: what was in sight for a moment. And where one goes on reading."""

import re

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_reading import say_all
from mindnet.tests.browser.visits import Visitor

# Within the second that something has to be in sight, and the one that confirmations wait for.
TWO_MOMENTS = 2500


def read_of(person, room):
    """What the server has as read and unread of one's own: (read_seq, unread)."""
    page = person.api().get(f"/rooms/{room}/participants").raise_for_status().json()["results"]
    return next(one["read_seq"] for one in page if one["psychic"]["username"] == person.username)


def in_sight(page):
    """The texts of the messages that lie in the window as a whole."""
    return page.evaluate("""() => {
        const box = document.querySelector("[data-scroller]").getBoundingClientRect();
        return [...document.querySelectorAll(".message[data-id]")].filter((one) => {
            const rect = one.getBoundingClientRect();
            return rect.top >= box.top - 1 && rect.bottom <= box.bottom + 1;
        }).map((one) => one.querySelector(".text").textContent);
    }""")


def number_of(text):
    return int(text.split()[-1])


def unread_room(world, count):
    ada, bob = world.person("ada"), world.person("bob")
    room = ada.create_room()["id"]
    bob.join(room)
    say_all(ada, room, (f"news {number}" for number in range(1, count + 1)))
    return ada, bob, room


@pytest.fixture
def small():
    return {"viewport": {"width": 360, "height": 480}}


def test_only_what_was_in_sight_is_read_and_the_sender_is_told_no_more(embedded, new_context, small):
    ada, bob, room = unread_room(embedded, 45)
    sender = Visitor(new_context, ada).open(room)
    visitor = Visitor(new_context, bob, **small).open(room)
    page = visitor.page
    expect(page.locator(".line")).to_be_in_viewport()
    page.wait_for_timeout(TWO_MOMENTS)
    last = number_of(in_sight(page)[-1])
    assert 1 <= last < 20
    assert last <= read_of(bob, room) <= last + 1  # one may be in sight by half
    left = 45 - read_of(bob, room)
    expect(page.locator("[data-jump]")).to_have_text(f"{left} new below")
    expect(page.locator("[data-above]")).to_be_hidden()
    assert page.title().startswith(f"({left}) ")
    expect(sender.message(f"news {last}").locator("[data-receipt]")).to_have_text("")
    expect(sender.message("news 45").locator("[data-receipt]")).not_to_contain_text("read")
    # Reading on takes the badge down, to the end.
    for _ in range(20):
        page.mouse.move(180, 200)
        page.mouse.wheel(0, 260)
        page.wait_for_timeout(1200)
        if not page.title().startswith("("):
            break
    expect(page.locator("[data-jump]")).to_be_hidden()
    expect(sender.message("news 45").locator("[data-receipt]")).to_contain_text("read by 1")


def test_two_hundred_unread_ones_are_read_from_the_first(embedded, new_context, small):
    _, bob, room = unread_room(embedded, 200)
    page = Visitor(new_context, bob, **small).open(room).page
    expect(page.locator(".line")).to_be_in_viewport()
    assert number_of(in_sight(page)[0]) == 1
    expect(page.locator("[data-jump]")).to_contain_text("new below")
    page.click("[data-jump]")
    expect(page.locator(".message", has_text="news 200")).to_be_in_viewport()
    page.wait_for_timeout(TWO_MOMENTS)
    # What was jumped over has not been read, and is one press away.
    read = read_of(bob, room)
    assert read < 20
    expect(page.locator("[data-above]")).to_contain_text("new above")
    page.locator("[data-above-show]").press("Enter")
    expect(page.locator(".line")).to_be_in_viewport()
    assert number_of(in_sight(page)[0]) in (read, read + 1)


def test_the_rest_comes_as_one_reads_on(embedded, new_context, small):
    _, bob, room = unread_room(embedded, 120)
    page = Visitor(new_context, bob, **small).open(room).page
    for _ in range(60):
        page.mouse.move(180, 200)
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(100)
        if "news 120" in in_sight(page):
            break
    assert [number_of(text) for text in page.locator(".message[data-id] .text").all_text_contents()] == [*range(1, 121)]


def test_all_can_be_taken_as_read(embedded, new_context, small):
    _, bob, room = unread_room(embedded, 90)
    page = Visitor(new_context, bob, **small).open(room).page
    page.click("[data-jump]")
    page.get_by_role("button", name="Mark as read").click()
    expect(page.locator("[data-above]")).to_be_hidden()
    expect(page).to_have_title(re.compile(r"^room"))
    page.wait_for_timeout(TWO_MOMENTS)
    assert read_of(bob, room) == 90


def test_nothing_is_read_in_a_window_without_focus(embedded, new_context):
    ada, bob, room = unread_room(embedded, 3)
    visitor = Visitor(new_context, bob)
    visitor.page.add_init_script("document.hasFocus = () => Boolean(window.isFocused)")
    visitor.open(room)
    visitor.page.wait_for_timeout(TWO_MOMENTS)
    assert read_of(bob, room) == 0
    ada.say(room, "news 4")
    visitor.sees("news 4")
    visitor.page.evaluate("() => { window.isFocused = true; window.dispatchEvent(new Event('focus')); }")
    visitor.page.wait_for_timeout(TWO_MOMENTS)
    assert read_of(bob, room) == 4


def test_who_writes_from_far_above_stands_at_the_end_and_has_not_read_the_rest(embedded, new_context, small):
    _, bob, room = unread_room(embedded, 120)
    visitor = Visitor(new_context, bob, **small).open(room)
    visitor.write("an answer")
    expect(visitor.message("an answer")).to_be_in_viewport()
    visitor.page.wait_for_timeout(TWO_MOMENTS)
    assert read_of(bob, room) < 20
    expect(visitor.page.locator("[data-above]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_what_says_so_fits_and_can_be_read(embedded, new_context, axe, scheme, width):
    _, bob, room = unread_room(embedded, 130)
    options = {"viewport": {"width": width, "height": 560}, "color_scheme": scheme}
    page = Visitor(new_context, bob, **options).open(room).page
    page.click("[data-jump]")
    expect(page.locator("[data-above]")).to_be_in_viewport(ratio=1)
    assert axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_without_scripts_one_reads_on_from_the_first_unread(embedded, new_context):
    _, bob, room = unread_room(embedded, 70)
    visitor = Visitor(new_context, bob, java_script_enabled=False)
    page = visitor.page
    badge = page.locator(f"[data-room='{room}'] .badge")
    expect(badge).to_contain_text("70")
    page.locator(f"[data-room='{room}'] .room-link").click()
    expect(page.locator(".line")).to_be_in_viewport()
    with page.expect_response("**/seen?**") as told:
        page.get_by_role("link", name="Newer messages").click()
    assert told.value.status == 204
    page.goto(f"{visitor.url}/")
    expect(badge).to_have_count(0)
