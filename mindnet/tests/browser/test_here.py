"""Whoever looks at any page is here: online to others, with the count in the title, and what waits goes out."""

import re

from playwright.sync_api import expect

from mindnet.tests.browser.test_resilience import Link
from mindnet.tests.browser.visits import Visitor

PLAIN_PAGES = [
    "/people", "/profile", "/meditation", "/meditation/guides/new", "/settings/presence", "/accounts/password/change/",
]  # fmt: skip


def status_of(person, *, seen_by):
    return seen_by.api().get(f"/psychics/{person.username}").json()["status"]


def test_whoever_looks_at_a_plain_page_is_online_to_others(make_world, new_context):
    world = make_world("embedded", MINDNET_OFFLINE_GRACE_SECONDS="1")
    ada, bob = world.person("ada"), world.person("bob")
    visitor = Visitor(new_context, ada)
    for path in [*PLAIN_PAGES, f"/psychic/{ada.username}", f"/psychic/{bob.username}"]:
        visitor.page.goto(visitor.url + path)
        visitor.wait_live()
        expect(visitor.page.locator("[data-connection]")).to_have_text("Connected")
        assert status_of(ada, seen_by=bob) == "online", path
    visitor.page.wait_for_timeout(2500)  # whoever has no connection is offline by now
    assert status_of(ada, seen_by=bob) == "online"


def test_ones_own_profile_says_how_one_is(embedded, new_context):
    ada = embedded.person("ada")
    visitor = Visitor(new_context, ada)
    visitor.page.goto(f"{visitor.url}/psychic/{ada.username}")
    own = visitor.page.locator("[data-own-presence]")
    expect(own).to_have_text("Online")
    ada.api().patch("/presence/me", json={"status": "away", "note": "at the window"}).raise_for_status()
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(own).to_have_text("Away: at the window")


def test_what_waits_goes_out_from_a_page_that_shows_no_room(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="The quiet room")["id"]
    bob.join(room)
    visitor = Visitor(new_context, ada)
    link = Link(visitor.context)
    visitor.open(room)
    link.cut()
    expect(visitor.page.locator(".connection")).to_contain_text("Reconnecting in")
    visitor.write("On my way")
    expect(visitor.page.locator(".pending")).to_have_count(1)
    visitor.page.goto(f"{visitor.url}/meditation")
    expect(visitor.page.locator(".connection")).to_contain_text("1 waiting to be sent")
    link.mend()
    visitor.wait_live(timeout=25_000)
    expect(visitor.page.locator(".connection")).to_have_text("Connected")
    results = bob.api().get(f"/rooms/{room}/messages").json()["results"]
    assert [message["content"] for message in results] == ["On my way"]


def test_the_title_counts_what_is_unread_on_any_page(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="The quiet room")["id"]
    bob.join(room)
    bob.say(room, "one")
    visitor = Visitor(new_context, ada)
    visitor.page.goto(f"{visitor.url}/people")
    expect(visitor.page).to_have_title("(1) People · mindnet")
    bob.say(room, "two")
    expect(visitor.page).to_have_title(re.compile(r"^\(2\) "))
