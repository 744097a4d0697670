"""Being in deep meditation, and writing to somebody who is."""

import re

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


@pytest.fixture
def room(embedded):
    """Ada's open room with Bob in it: (ada, bob, room id)."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The quiet room")["id"]
    bob.join(number)
    return ada, bob, number


def test_what_cannot_wait_is_shown_to_who_meditates(room, new_context):
    ada, bob, number = room
    one, other = Visitor(new_context, ada).open(number), Visitor(new_context, bob).open(number)
    other.page.click("#account-menu summary")
    other.page.get_by_label("Meditating").check()
    other.page.get_by_label("How long").select_option("until a time")
    other.page.get_by_label("Until this time").fill("23:59")
    other.page.get_by_role("button", name="Set", exact=True).click()
    expect(other.page.locator(".meditating-banner")).to_contain_text("You are in deep meditation until")

    # Said before sending. Without a reason nothing is urgent, and it may wait after all.
    hint = one.page.locator("[data-held]")
    expect(hint).to_contain_text(re.compile("is meditating until .* waits for the bell"))
    hint.get_by_role("button", name="It cannot wait").click()
    expect(one.page.locator("[data-error]")).to_contain_text("First write")
    one.page.fill("#content", "Please come")
    hint.get_by_role("button").click()
    dialog = one.page.get_by_role("dialog")
    expect(dialog.get_by_label("Why can it not wait?")).to_be_focused()
    dialog.get_by_role("button", name="Send as urgent").click()
    expect(dialog).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(one.page.locator("#content")).to_have_value("Please come")
    for text in ("Please come", "Please come now"):
        one.page.fill("#content", text)
        hint.get_by_role("button").click()
        dialog.get_by_label("Why can it not wait?").fill("The <b>roof</b> leaks")
        one.page.keyboard.press("Enter")
        one.sees(text)

    notice = other.page.locator(".urgent-notice")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text(f"Urgent, from {ada.username} in The quiet room")
    expect(notice).to_contain_text("The <b>roof</b> leaks")
    expect(notice).to_contain_text("Please come now")
    # A page that is loaded anew shows it again, until it is put away.
    other.page.reload()
    notice.get_by_role("button", name="Put away").click()
    other.page.reload()
    other.wait_live()
    expect(other.page.locator(".meditating-banner")).to_be_visible()
    other.page.wait_for_timeout(2500)
    expect(notice).to_have_count(0)

    other.page.get_by_role("button", name="Ring the bell").click()
    texts = other.page.locator(".message[data-id] .text")
    expect(texts).to_have_text(["Please come", "Please come now"])  # the second was there before
    expect(hint).to_be_hidden()


def test_a_page_learns_of_a_meditation_that_was_set_elsewhere(room, new_context):
    """And coming back to it must not ring the bell: only "online" chosen by hand does."""
    _, bob, number = room
    visitor = Visitor(new_context, bob).open(number)
    bob.api().patch("/presence/me", json={"status": "meditating"}).raise_for_status()
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.page.locator(".meditating-banner")).to_be_visible()
    expect(visitor.page.locator("[data-own-status]")).to_have_text("meditating")
    bob.api().patch("/presence/me", json={"status": "online"}).raise_for_status()
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.page.locator(".meditating-banner")).to_be_hidden()


def test_status_quiet_hours_and_urgency_are_set_without_javascript(room, new_context, complaints):
    ada, bob, number = room
    page = Visitor(new_context, bob, java_script_enabled=False, viewport={"width": 320, "height": 640}).page
    page.click("#account-menu summary")
    page.get_by_role("link", name="Status and quiet hours").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("radio", name="People you choose").check()
    page.get_by_role("textbox", name="The people you choose").fill(f"{ada.username}, nobody-at-all")
    page.get_by_label("Your time zone").select_option("Europe/Berlin")
    hours = page.get_by_role("group", name="New quiet hours")
    hours.get_by_label("Mon").check()
    hours.get_by_label("From").fill("22:00")
    hours.get_by_label("to", exact=True).fill("22:00")
    keep = page.get_by_role("button", name="Keep this")
    keep.click()
    expect(page.get_by_role("alert")).to_contain_text("No psychic has the name nobody-at-all.")
    page.get_by_role("textbox", name="The people you choose").fill(ada.username)
    keep.click()
    expect(page.get_by_role("alert")).to_contain_text("end at another time than they begin")
    page.get_by_label("to", exact=True).first.fill("06:30")
    keep.click()
    expect(page.get_by_role("status")).to_contain_text("Kept.")
    complaints.clear()  # The browser itself writes the refusals to the console.
    assert bob.api().get("/presence/me/meditation").json() == {
        "urgent_from": "chosen", "chosen": [ada.username], "time_zone": "Europe/Berlin",
        "quiet_hours": [{"days": ["mon"], "from": "22:00", "to": "06:30"}],
    }  # fmt: skip

    page.get_by_label("Meditating").check()
    page.get_by_label("Meditate for").select_option("1 hour")
    page.get_by_label("A few words").fill("by the lake")
    page.get_by_role("button", name="Set the status").click()
    expect(page.locator(".meditating-banner")).to_contain_text("You are in deep meditation until")
    own = bob.api().get("/presence/me").json()
    assert (own["status"], own["note"]) == ("meditating", "by the lake") and own["until"]

    # The other side without JavaScript: told before writing, and may say why it cannot wait.
    writing = Visitor(new_context, ada, java_script_enabled=False).page
    writing.goto(f"{ada.world.url}/room/{number}")
    expect(writing.locator("[data-held]")).to_contain_text("waits for the bell")
    writing.fill("#content", "Answer me")
    writing.get_by_label("If it cannot wait, why?").fill("I am lost")
    writing.get_by_role("button", name="Send").click()
    message = ada.api().get(f"/rooms/{number}/messages").json()["results"][0]
    assert (message["content"], message["urgent"]) == ("Answer me", True)


def test_who_touches_nothing_is_away_until_they_do(make_world, new_context):
    world = make_world("embedded", MINDNET_AWAY_SECONDS="4")
    ada, bob = world.person("ada"), world.person("bob")
    room = ada.create_room(name="The quiet room")["id"]
    bob.join(room)
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob).open(room)
    bob_there = one.page.locator("[data-people] li", has_text=bob.username)
    own = other.page.locator("[data-own-status]")
    expect(bob_there).to_contain_text("Away")
    expect(own).to_have_text("away")
    other.page.keyboard.press("Shift")
    expect(own).to_have_text("online")
    expect(bob_there).to_contain_text("Online")

    # Coming back to a page does not end what was chosen elsewhere meanwhile.
    expect(own).to_have_text("away")
    bob.api().patch("/presence/me", json={"status": "meditating"}).raise_for_status()
    other.page.keyboard.press("Shift")
    expect(own).to_have_text("meditating")
    expect(bob_there).to_contain_text("Meditating")
    assert bob.api().get("/presence/me").json()["status"] == "meditating"


def test_a_crowd_is_shown_as_counts(make_world, new_context):
    world = make_world("embedded", MINDNET_LOOKERS_LISTED="1", MINDNET_HEAD_CHECK_SECONDS="1")
    ada, bob = world.person("ada"), world.person("bob")
    number = ada.create_room(name="The square")["id"]
    bob.join(number)
    one = Visitor(new_context, ada).open(number)
    people = one.page.locator("[data-people]")
    expect(people).to_contain_text(bob.username)
    other = Visitor(new_context, bob).open(number)
    for page in (one.page, other.page):
        expect(page.locator("[data-people]")).to_have_text("2 online")
        expect(page.locator("[data-people-count]")).to_have_text("2")
    other.page.goto(f"{world.url}/")
    expect(people).to_contain_text(bob.username)
