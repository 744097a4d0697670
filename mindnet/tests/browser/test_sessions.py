"""Sitting together: in step, by keyboard, without motion, without scripts; silence, the talking piece, the end."""

from datetime import datetime

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor

APART_MS = 100
# Where a page thinks the session began, by the wall clock of the machine both pages run on: that is how far apart two
# are, however late a busy machine draws them.
LISTEN = """() => {
  window.began = [];
  document.addEventListener("calm-step", ({ detail }) => window.began.push(Date.now() - detail.position * 1000));
}"""


def steps(*parts):
    result, at = [], 0
    for kind, text, seconds in parts:
        result.append({"at": at, "kind": kind, "text": text, "seconds": seconds})
        at += seconds
    return result


def guide_of(person, *parts, name="Evening round"):
    answer = person.api().post("/guides", json={"name": name, "steps": steps(*parts)})
    return answer.raise_for_status().json()["id"]


@pytest.fixture
def circle(embedded):
    """Ada's meditation room with Bob in it: (ada, bob, room id)."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="Quiet", kind="meditation")["id"]
    bob.join(number)
    return ada, bob, number


def begin(person, room, *parts):
    guide = guide_of(person, *parts)
    person.api().post(f"/rooms/{room}/session", json={"guide": guide}).raise_for_status()


def end(person, room):
    person.api().delete(f"/rooms/{room}/session").raise_for_status()


def sit_down(visitor):
    visitor.page.get_by_role("button", name="Sit down").click()
    expect(visitor.page.locator("[data-calm]")).to_be_visible()


def test_two_pages_are_in_step_and_a_latecomer_too(circle, new_context):
    ada, bob, room = circle
    pages = [Visitor(new_context, ada).open(room), Visitor(new_context, bob)]
    begin(ada, room, *[("prompt", f"Word {number}", 1.5) for number in range(40)])
    sit_down(pages[0])
    sit_down(pages[1].open(room))
    for visitor in pages:
        visitor.page.wait_for_timeout(700)  # the clock has been measured
        visitor.page.evaluate(LISTEN)
    began = []
    for visitor in pages:
        visitor.page.wait_for_function("() => window.began.length >= 2")
        began += visitor.page.evaluate("() => window.began")
    assert max(began) - min(began) < APART_MS, began
    end(ada, room)


def test_a_restart_in_the_middle_moves_nobody(make_world, new_context, complaints):
    world = make_world("embedded")
    ada = world.person("ada")
    room = ada.create_room(kind="meditation")["id"]
    visitor = Visitor(new_context, ada).open(room)
    begin(ada, room, *[("silence", f"Breath {number}", 2) for number in range(150)])
    sit_down(visitor)
    visitor.page.wait_for_timeout(700)  # the clock has been measured
    visitor.page.evaluate(LISTEN)
    world.processes[0].kill()
    visitor.page.wait_for_function("() => window.began.length >= 2")  # time goes on without the server
    world.processes[0].start()
    visitor.page.evaluate("() => window.dispatchEvent(new Event('online'))")  # not waiting for the next attempt
    # The page behind the view is back, and who sat sits on.
    visitor.page.wait_for_selector("[data-connection][data-state=live]", state="attached", timeout=30_000)
    visitor.page.wait_for_timeout(700)
    visitor.page.evaluate("() => { window.before = window.began.length; }")
    visitor.page.wait_for_function("() => window.began.length >= window.before + 2")
    began = visitor.page.evaluate("() => window.began")
    # The clock was measured twice, the second time while a server starts beside it; a step would be two seconds.
    assert max(began) - min(began) < 4 * APART_MS, began
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("button", name="Return")).to_be_visible()
    [sitting] = ada.api().get("/psychics/me/sittings").json()["results"]
    assert sitting["left_at"] is None and sitting["seconds"] > 2
    complaints.clear()  # The browser itself writes the lost socket to the console.


def test_a_session_from_the_bar_to_the_end(circle, new_context):
    ada, bob, room = circle
    guide_of(ada, ("breath", "4-4-4-4 Along the sides", 300), name="Short square")
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob).open(room)
    expect(other.page.locator("[data-session-bar]")).to_contain_text("No session right now")
    one.page.get_by_text("Begin a session").click()
    one.page.get_by_label("Short square").check()
    one.page.get_by_role("button", name="Begin now").click()
    expect(other.page.locator("[data-session-running]")).to_contain_text("Short square")
    expect(other.page.get_by_role("button", name="End for all")).to_be_hidden()
    sit_down(one)
    expect(other.page.locator("[data-people] li", has_text=ada.username)).to_contain_text("Meditating")
    sit_down(other)
    for visitor in (one, other):
        expect(visitor.page.locator(".calm-words")).to_have_text("Along the sides")
        expect(visitor.page.locator(".calm-phase")).to_contain_text("Breathe")
    other.page.keyboard.press("Escape")
    expect(other.page.locator("[data-session-company]")).to_contain_text("1 more sitting")
    other.page.get_by_role("button", name="Return").click()

    one.page.keyboard.press("Escape")
    asked = []
    one.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    one.page.get_by_role("button", name="End for all").click()
    assert asked == ["End the session for everyone?"]
    expect(other.page.locator(".calm-words")).to_have_text("Along the sides")
    one.page.once("dialog", lambda dialog: dialog.accept())
    one.page.get_by_role("button", name="End for all").click()
    expect(other.page.locator(".calm-end")).to_contain_text("You sat for")
    expect(other.page.locator(".calm-sitters")).to_contain_text(ada.username)
    other.page.get_by_role("button", name="Back to the room").click()
    expect(other.page.locator("[data-session-bar]")).to_contain_text("No session right now")
    # The bell has rung for them too.
    expect(other.page.locator("[data-own-status]")).to_have_text("online")
    other.write("Thank you")
    one.sees("Thank you")


def test_silence_is_kept_and_a_draft_too(circle, new_context):
    ada, bob, room = circle
    visitor = Visitor(new_context, bob).open(room)
    visitor.page.fill("#content", "half a thought")
    begin(ada, room, ("silence", "", 600))
    expect(visitor.page.locator("[data-session-step]")).to_contain_text("Silence")
    expect(visitor.page.locator(".composer")).to_have_class("composer locked")
    visitor.page.press("#content", "Enter")
    expect(visitor.page.locator("[data-error]")).to_contain_text("Silence until")
    end(ada, room)
    expect(visitor.page.locator(".composer")).to_have_class("composer")
    visitor.page.press("#content", "Enter")
    visitor.sees("half a thought")


def test_one_voice_at_a_time(circle, new_context):
    ada, bob, room = circle
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob).open(room)
    begin(ada, room, ("sharing", "What stays?", 600))
    for visitor in (one, other):
        sit_down(visitor)
    ask = "Ask for the talking piece"
    one.page.get_by_role("button", name=ask).click()
    expect(one.page.locator("#round-text")).to_be_focused()
    expect(other.page.locator(".round-holder")).to_contain_text(ada.username)
    other.page.get_by_role("button", name=ask).click()
    expect(one.page.locator(".piece-round")).to_contain_text(f"Then: {bob.username}")
    one.page.fill("#round-text", "The stillness <b>")
    one.page.get_by_role("button", name="Say it").click()
    expect(other.page.locator(".round-said")).to_contain_text("The stillness <b>")
    one.page.get_by_role("button", name="Pass it on").click()
    expect(other.page.locator(".round-holder")).to_contain_text("with you")
    expect(one.page.locator(".round-form")).to_be_hidden()
    end(ada, room)


def test_the_keyboard_alone_is_enough(circle, new_context):
    ada, _, room = circle
    begin(ada, room, ("prompt", "Listen", 600))
    page = Visitor(new_context, ada).open(room).page
    button = page.get_by_role("button", name="Sit down")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-calm]")).to_be_visible()
    names = []
    for _ in range(6):
        names.append(page.evaluate("() => document.activeElement.textContent.trim()"))
        assert page.evaluate(
            "() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
        )
        page.keyboard.press("Tab")
    assert {"To the room", "Bell", "Rise"} <= set(names)
    page.keyboard.press("Escape")
    expect(page.locator("[data-calm]")).to_be_hidden()
    page.get_by_role("button", name="Return").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-calm]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Return")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sit down")).to_be_visible()
    end(ada, room)


def test_who_wants_no_motion_has_none(circle, new_context):
    ada, _, room = circle
    begin(ada, room, ("breath", "2-2", 600))
    still = Visitor(new_context, ada, reduced_motion="reduce").open(room)
    sit_down(still)
    shape = still.page.locator(".calm-shape")
    widths = set()
    for _ in range(5):
        widths.add(shape.evaluate("(one) => getComputedStyle(one).getPropertyValue('--fill')"))
        still.page.wait_for_timeout(300)
    assert len(widths) == 1
    expect(still.page.locator(".calm-phase")).to_contain_text("Breathe out")
    expect(still.page.locator(".calm-phase")).to_contain_text("Breathe in")
    end(ada, room)


# Notes when each tone is to begin, by the clock of the audio hardware.
NOTE_STRIKES = """(() => {
  window.strikes = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (when) {
    window.strikes.push(when - this.context.currentTime);
    return start.call(this, when);
  };
})();"""


def test_bells_are_planned_for_their_moment(circle, new_context):
    ada, _, room = circle
    visitor = Visitor(new_context, ada)
    visitor.page.add_init_script(NOTE_STRIKES)
    begin(ada, room, ("prompt", "Listen", 300), ("bell", "", 0), ("silence", "", 300), ("bell", "", 5))
    session = ada.api().get(f"/rooms/{room}/session").json()
    visitor.open(room)
    sit_down(visitor)
    visitor.page.wait_for_function("() => window.strikes.length >= 10")
    in_seconds = visitor.page.evaluate("() => window.strikes.slice(-10)")
    now = visitor.page.evaluate("() => Date.now()") / 1000
    passed = now - datetime.fromisoformat(session["started_at"]).timestamp()
    assert min(in_seconds) <= 300 and max(in_seconds) <= 600 and max(in_seconds) > 500 - passed
    assert round(max(in_seconds) - min(in_seconds)) == 300
    end(ada, room)


def test_the_bell_is_silenced_and_stays_so(circle, new_context):
    ada, _, room = circle
    begin(ada, room, ("prompt", "Listen", 600))
    visitor = Visitor(new_context, ada).open(room)
    sit_down(visitor)
    bell = visitor.page.get_by_role("button", name="Bell")
    expect(bell).to_have_attribute("aria-pressed", "true")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "false")
    visitor.open(room)
    visitor.page.get_by_role("button", name="Return").click()
    expect(visitor.page.get_by_role("button", name="Bell")).to_have_attribute("aria-pressed", "false")
    end(ada, room)


def test_without_scripts_one_begins_reads_and_ends(circle, new_context):
    ada, bob, room = circle
    one = Visitor(new_context, ada, java_script_enabled=False)
    one.page.goto(f"{one.url}/room/{room}")
    one.page.get_by_text("Begin a session").click()
    one.page.get_by_label("Silent sitting, 20 minutes").check()
    one.page.get_by_role("button", name="Begin now").click()
    other = Visitor(new_context, bob, java_script_enabled=False)
    other.page.goto(f"{other.url}/room/{room}")
    running = other.page.locator("[data-session-running]")
    expect(running).to_contain_text("Silent sitting, 20 minutes")
    expect(running).to_contain_text("Bell: Find your seat.")
    expect(running).to_contain_text("UTC")
    one.page.get_by_role("button", name="End for all").click()
    expect(one.page.get_by_role("heading", name="End Silent sitting")).to_be_visible()
    one.page.get_by_role("button", name="End it for all").click()
    expect(one.page.get_by_text("Begin a session")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_guide_is_written_with_and_without_scripts(embedded, new_context, scripts, complaints):
    ada = embedded.person("ada")
    page = Visitor(new_context, ada, java_script_enabled=scripts).page
    page.goto(f"{embedded.url}/meditation")
    page.get_by_role("link", name="Write a guide").click()
    page.fill("#guide-name", "Two bells")
    page.select_option("#kind-1", "silence")
    page.fill("#length-1", "oops")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".step-row.wrong")).to_contain_text("Give a length")
    complaints.clear()  # The browser itself writes the 400 to the console.
    page.fill("#length-1", "2:30")
    page.get_by_role("button", name="One more step").click()
    page.select_option("#kind-6", "prompt")
    page.fill("#length-6", "10")
    page.fill("#text-6", "Come back")
    page.get_by_role("button", name="Step 7 up").click()
    page.get_by_role("button", name="Remove step 3").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("“Two bells” is saved")
    expect(page.locator(".guides li").first).to_contain_text("Two bells")
    [guide] = ada.api().get("/guides?whose=mine").json()["results"]
    assert [(step["at"], step["kind"], step["seconds"]) for step in guide["steps"]] == [
        (0, "bell", 5), (5, "silence", 150), (155, "prompt", 10)
    ]  # fmt: skip
    page.get_by_role("link", name="Two bells").click()
    page.get_by_role("link", name="Delete this guide").click()
    expect(page.get_by_role("heading")).to_have_text("Delete Two bells?")
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".notice")).to_contain_text("deleted")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window(circle, new_context, width):
    ada, _bob, room = circle
    guide = guide_of(ada, ("prompt", "W" * 300, 60), name="W" * 80)
    begin(ada, room, ("sharing", "W" * 200, 600))
    visitor = Visitor(new_context, ada, viewport={"width": width, "height": 568})
    for path in ("/meditation", "/meditation/guides/new", f"/meditation/guides/{guide}", f"/room/{room}"):
        visitor.page.goto(visitor.url + path)
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= width, path
    visitor.wait_live()
    sit_down(visitor)
    visitor.page.get_by_role("button", name="Ask for the talking piece").click()
    expect(visitor.page.locator("#round-text")).to_be_visible()
    assert visitor.page.locator("[data-calm]").evaluate("(one) => one.scrollWidth") <= width
    end(ada, room)


def test_own_sittings_are_listed_for_oneself(circle, new_context):
    ada, bob, room = circle
    begin(ada, room, ("prompt", "Listen", 600))
    visitor = Visitor(new_context, bob).open(room)
    sit_down(visitor)
    end(ada, room)
    expect(visitor.page.locator(".calm-end")).to_contain_text("You sat alone this time")
    visitor.page.goto(f"{visitor.url}/meditation")
    expect(visitor.page.locator(".sittings li")).to_have_count(1)
    expect(visitor.page.locator(".sittings li")).to_contain_text("Evening round")
