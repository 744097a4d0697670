"""Reading: older pages, a view that does not jump, text that stays text, pages without scripts, small screens."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor

HOSTILE = [
    "<script>window.broken = 1</script>",
    '<img src=x onerror="window.broken = 1">',
    "javascript:window.broken=1 [a](javascript:window.broken=1)",
    '"><svg onload=window.broken=1>',
    "</script><script>window.broken = 1</script>",
    "{{ 7 * 7 }} ${7 * 7} &lt;b&gt;",
    "\u202eright to left",
]


def say_all(person, room, texts):
    client = person.api()
    for text in texts:
        client.post(f"/rooms/{room}/messages", json={"content": text}).raise_for_status()


@pytest.fixture
def long_room(embedded):
    """Bob reads a room in which Ada has said 130 things: (ada, bob, room id)."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="Long")["id"]
    say_all(ada, number, (f"thought {i:03}" for i in range(130)))
    bob.join(number)
    return ada, bob, number


def scroll_to_top(page):
    page.evaluate("() => { const s = document.querySelector('[data-scroller]'); s.scrollTop = -s.scrollHeight; }")


def top_of(visitor, text):
    return visitor.message(text).bounding_box()["y"]


def test_older_pages_come_on_scrolling_and_the_view_stays(long_room, new_context):
    _, bob, number = long_room
    visitor = Visitor(new_context, bob).open(number)
    expect(visitor.page.locator(".message[data-id]")).to_have_count(50)
    visitor.sees("thought 129")
    page = visitor.page
    held = []
    page.route("**/messages?**", lambda route: held.append(route))  # noqa: PLW0108 (Playwright counts parameters)
    with page.expect_request("**/messages?**"):
        page.evaluate("""() => {
            const scroller = document.querySelector("[data-scroller]");
            scroller.scrollTop = -(scroller.scrollHeight - scroller.clientHeight - 120);
        }""")
    page.wait_for_timeout(200)
    page.evaluate("""() => {
        const scroller = document.querySelector("[data-scroller]");
        window.seen = [...document.querySelectorAll(".message[data-id]")]
            .find((one) => one.getBoundingClientRect().top > scroller.getBoundingClientRect().top);
        window.before = window.seen.getBoundingClientRect().top;
    }""")
    held.pop().continue_()
    page.unroute("**/messages?**")
    expect(page.locator(".message[data-id]")).to_have_count(100)
    page.wait_for_timeout(200)
    after = page.evaluate("() => document.getElementById(window.seen.id).getBoundingClientRect().top")
    assert abs(after - page.evaluate("() => window.before")) < 2
    scroll_to_top(page)
    expect(page.locator(".message[data-id]")).to_have_count(130)
    expect(page.locator("[data-older]")).to_have_text("Here it began.")
    assert visitor.texts() == [f"thought {i:03}" for i in range(130)]


def test_news_does_not_pull_down_who_reads_above(long_room, new_context):
    ada, bob, number = long_room
    visitor = Visitor(new_context, bob).open(number)
    scroll_to_top(visitor.page)
    expect(visitor.page.locator(".message[data-id]")).to_have_count(100)
    before = top_of(visitor, "thought 095")
    ada.say(number, "something new")
    expect(visitor.page.locator("[data-jump]")).to_be_visible()
    assert abs(top_of(visitor, "thought 095") - before) < 2
    visitor.page.click("[data-jump]")
    visitor.sees("something new")
    expect(visitor.message("something new")).to_be_in_viewport()
    expect(visitor.page.locator("[data-jump]")).to_be_hidden()


def test_who_is_at_the_end_is_taken_along(long_room, new_context):
    ada, bob, number = long_room
    visitor = Visitor(new_context, bob).open(number)
    say_all(ada, number, (f"and on {i}" for i in range(30)))
    expect(visitor.message("and on 29")).to_be_in_viewport()


def test_a_long_absence_opens_at_the_first_new_message(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room()["id"]
    bob.join(number)
    say_all(ada, number, (f"news {i:02}" for i in range(45)))
    visitor = Visitor(new_context, bob).open(number)
    expect(visitor.page.locator(".line")).to_be_in_viewport()
    expect(visitor.message("news 00")).to_be_in_viewport()


def test_what_people_type_is_shown_as_text(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name=HOSTILE[1], description=HOSTILE[0])["id"]
    bob.join(number)
    ada.api().patch("/presence/me", json={"note": HOSTILE[0]}).raise_for_status()
    for text in HOSTILE[:4]:
        ada.say(number, text)
    visitor = Visitor(new_context, bob).open(number)
    for text in HOSTILE[4:]:
        ada.say(number, text)
    expect(visitor.page.locator(".message[data-id]")).to_have_count(len(HOSTILE))
    assert visitor.texts() == HOSTILE
    expect(visitor.page.locator("h1")).to_contain_text(HOSTILE[1])
    visitor.act(HOSTILE[1], "Reply")
    visitor.page.keyboard.type("quoting it")
    visitor.page.keyboard.press("Enter")
    expect(visitor.message("quoting it").locator(".quote")).to_contain_text(HOSTILE[1])
    for path in (f"/room/{number}", "/", f"/psychic/{ada.username}"):
        visitor.page.goto(visitor.url + path)
        visitor.page.wait_for_timeout(300)
        assert visitor.page.evaluate("() => window.broken") is None
        assert visitor.page.locator("main img").count() == 0


def test_addresses_become_links_that_give_nothing_away(embedded, new_context):
    ada = embedded.person("ada")
    number = ada.create_room()["id"]
    ada.say(number, "See https://example.org/a_(b), or javascript:alert(1).")
    for scripts in (True, False):
        visitor = Visitor(new_context, ada, java_script_enabled=scripts)
        visitor.page.goto(f"{visitor.url}/room/{number}")
        links = visitor.page.locator(".message .text a")
        expect(links).to_have_count(1)
        expect(links).to_have_attribute("href", "https://example.org/a_(b)")
        expect(links).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_everything_works_without_scripts(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    one = Visitor(new_context, ada, java_script_enabled=False)
    one.page.fill("#room-name", "Plain paper")
    one.page.get_by_role("button", name="Make the room").click()
    one.page.fill("#content", "Written by hand\nin two lines")
    one.page.get_by_role("button", name="Send").click()
    expect(one.page.locator(".message")).to_contain_text("Written by hand")
    room = one.page.url.split("#")[0]

    other = Visitor(new_context, bob, java_script_enabled=False)
    other.page.goto(room)
    other.page.get_by_role("button", name="Join this room").click()
    other.page.fill("#content", "Answered by hand")
    other.page.get_by_role("button", name="Send").click()
    expect(other.page.locator(".message")).to_have_count(2)
    expect(other.page.locator(".message").last).to_be_in_viewport()
    other.page.get_by_role("link", name="Leave this room").click()
    expect(other.page.locator("main")).to_contain_text("You may come back whenever you like.")
    other.page.get_by_role("button", name="Leave this room").click()
    expect(other.page.locator(".notice")).to_contain_text("You have left Plain paper")


def test_a_long_room_is_read_page_by_page_without_scripts(long_room, new_context):
    _, bob, number = long_room
    visitor = Visitor(new_context, bob, java_script_enabled=False)
    visitor.page.goto(f"{visitor.url}/room/{number}")
    expect(visitor.message("thought 129")).to_be_in_viewport()
    visitor.page.get_by_role("link", name="Older messages").click()
    visitor.sees("thought 079")
    assert visitor.texts() == [f"thought {i:03}" for i in range(30, 80)]
    visitor.page.get_by_role("link", name="Older messages").click()
    visitor.sees("thought 029")
    assert visitor.texts() == [f"thought {i:03}" for i in range(30)]
    visitor.page.get_by_role("link", name="To the newest").click()
    visitor.sees("thought 129")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(embedded, new_context, width):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="W" * 80)["id"]
    bob.join(number)
    ada.say(number, "W" * 300 + " https://example.org/" + "a" * 300)
    visitor = Visitor(new_context, bob, viewport={"width": width, "height": 640})
    room, profile = f"/room/{number}", f"/psychic/{ada.username}"
    for path in ("/", room, f"{room}#people", profile, "/accounts/password/change/"):
        visitor.page.goto(visitor.url + path)
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= width, path


def test_the_keyboard_alone_is_enough(embedded, new_context):
    ada = embedded.person("ada")
    number = ada.create_room()["id"]
    ada.say(number, "first")
    ada.say(number, "second")
    page = Visitor(new_context, ada).open(number).page
    page.focus("[data-scroller]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".message", has_text="first")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message-menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".message-menu")).to_have_count(0)
    expect(page.locator(".message", has_text="first")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".message", has_text="first").locator(".chip")).to_have_text("💜 1")


def test_a_page_asks_no_other_host_and_brings_its_policy(embedded, new_context):
    ada = embedded.person("ada")
    number = ada.create_room()["id"]
    visitor = Visitor(new_context, ada)
    hosts = set()
    visitor.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    response = visitor.page.goto(f"{visitor.url}/room/{number}")
    visitor.wait_live()
    assert hosts == {visitor.url.split("/")[2]}
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy and "'nonce-" in policy
