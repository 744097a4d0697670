"""Two browsers and a script on two processes, with PostgreSQL and Redis between them: presence, meditation, a session.

Each point has tests of its own elsewhere; here it is seen that a second process changes nothing.
"""

import itertools
import json

import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from mindnet.tests.browser.test_sessions import APART_MS, LISTEN, begin, end, sit_down
from mindnet.tests.browser.visits import Visitor
from presence.tests import images


class Script:
    """A client of the socket without a page."""

    def __init__(self, link):
        self.link = link
        self.refs = itertools.count(1)

    def call(self, type, **payload):
        """The reply; events before it are passed over."""
        ref = str(next(self.refs))
        self.link.send(json.dumps({"type": type, "ref": ref, "payload": payload}))
        while True:
            for text in self.link.recv(timeout=10).split("\n"):
                line = json.loads(text)
                if line.get("ref") == ref:
                    return line


@pytest.fixture
def three(cluster):
    """Ada's meditation room with Bob and Cleo in it: (ada, bob, cleo, room id)."""
    ada, bob, cleo = (cluster.person(name) for name in ("ada", "bob", "cleo"))
    room = ada.create_room(name="Quiet", kind="meditation")["id"]
    for person in (bob, cleo):
        person.join(room)
    return ada, bob, cleo, room


@pytest.fixture
def script(three):
    cleo = three[2]
    headers = {"Authorization": f"Token {cleo.token}"}
    with connect(cleo.world.ws_urls[1], additional_headers=headers, proxy=None) as link:
        yield Script(link)


def test_who_is_here_who_types_and_who_is_not_to_be_seen(three, new_context, script):
    ada, bob, cleo, room = three
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob, process=1).open(room)
    here = one.page.locator("[data-people] li")
    expect(here.filter(has_text=bob.username)).to_contain_text("Online")
    second = other.context.new_page()
    second.goto(f"{other.url}/room/{room}")
    second.wait_for_selector("[data-connection][data-state=live]")
    second.close()
    expect(here.filter(has_text=cleo.username)).to_contain_text("Online")
    script.call("typing", room=room, on=True)
    for visitor in (one, other):
        expect(visitor.page.locator("[data-typing]")).to_contain_text(cleo.username)
    script.call("presence.set", status="invisible")
    for visitor in (one, other):
        expect(visitor.page.locator("[data-typing]")).not_to_contain_text(cleo.username)
        people = visitor.page.locator("[data-people] li", has_text=cleo.username)
        expect(people).to_contain_text("Offline")
    assert script.call("presence.set", status="away", note="back soon")["ok"]
    expect(here.filter(has_text=cleo.username)).to_contain_text("Offline")  # until she shows herself
    script.call("presence.set", status="online")
    expect(here.filter(has_text=cleo.username)).to_contain_text("Online")
    expect(here.filter(has_text=bob.username)).to_contain_text("Online")  # one tab closed, one is left


def test_what_is_said_to_a_meditator_waits_and_comes_in_order(three, new_context, script):
    ada, bob, _, room = three
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob, process=1).open(room)
    bob.api(0).patch("/presence/me", json={"status": "meditating"}).raise_for_status()
    expect(one.page.locator("[data-held]")).to_contain_text("waits for the bell")
    one.write("First")
    expect(one.page.locator(".message[data-id]", has_text="First")).to_be_visible()  # stored
    held = script.call("message.send", room=room, content="Second")["payload"]["held_for"]
    assert [psychic["username"] for psychic in held] == [bob.username]
    one.sees("Second")
    script.call("message.send", room=room, content="Fire", urgent=True, urgent_reason="It burns")
    script.call("message.send", room=room, content="Fire!", urgent=True, urgent_reason="It burns")
    expect(other.page.locator(".urgent-notice")).to_contain_text("It burns")
    assert other.texts() == ["Fire!"]  # what was let through, and nothing else
    bob.api(0).patch("/presence/me", json={"status": "online"}).raise_for_status()
    texts = other.page.locator(".message[data-id] .text")
    expect(texts).to_have_text(["First", "Second", "Fire", "Fire!"])  # the last one was there before


def test_a_session_is_in_step_and_its_silence_and_piece_hold(three, new_context, script):
    ada, bob, cleo, room = three
    one, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob, process=1).open(room)
    begin(ada, room, *[("prompt", f"Word {number}", 1.5) for number in range(60)])
    for visitor in (one, other):
        sit_down(visitor)
        visitor.page.wait_for_timeout(700)  # the clock has been measured
        visitor.page.evaluate(LISTEN)
    began = []
    for visitor in (one, other):
        visitor.page.wait_for_function("() => window.began.length >= 2")
        began += visitor.page.evaluate("() => window.began")
    assert max(began) - min(began) < APART_MS, began
    end(ada, room)
    for visitor, company in ((one, bob), (other, ada)):
        expect(visitor.page.locator(".calm-sitters")).to_contain_text(company.username)
    assert cleo.api(1).get("/psychics/me/sittings").json()["results"] == []

    begin(bob_as_moderator(ada, bob, room), room, ("silence", "", 300))
    error = script.call("message.send", room=room, content="psst")["error"]
    assert error["code"] == "muted" and error["reason"] == "Silence" and error["until"].endswith("Z")
    end(bob, room)
    begin(ada, room, ("sharing", "What stays?", 300))
    assert script.call("message.send", room=room, content="me")["error"]["code"] == "muted"
    assert script.call("piece.ask", room=room)["payload"]["holder"]["username"] == cleo.username
    assert script.call("message.send", room=room, content="me now")["ok"]
    refused = ada.api(0).post(f"/rooms/{room}/messages", json={"content": "and I"})
    assert (refused.status_code, refused.json()["code"]) == (403, "muted")
    end(ada, room)


def bob_as_moderator(ada, bob, room):
    path = f"/rooms/{room}/participants/{bob.username}"
    ada.api().patch(path, json={"role": "moderator"}).raise_for_status()
    return bob


def test_a_picture_given_to_one_process_is_shown_by_the_other(three, new_context):
    ada, bob, _, _ = three
    ada.api(0).patch("/psychics/me", json={"abilities": ["precognition"]}).raise_for_status()
    ada.api(0).put("/psychics/me/avatar", files={"file": ("me.png", images.halves())}).raise_for_status()
    page = Visitor(new_context, bob, process=1).page
    page.goto(f"{bob.world.urls[1]}/people?ability=Precognition")
    image = page.locator(".card", has_text=ada.username).locator(".avatar img").first
    expect(image).to_be_visible()
    page.wait_for_function("(image) => image.complete && image.naturalWidth > 0", arg=image.element_handle())
