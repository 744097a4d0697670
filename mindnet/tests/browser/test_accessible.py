"""What axe finds on the pages of rooms and meditation, dark and light, from a phone to a desk: nothing."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_sessions import begin, end, guide_of, sit_down
from mindnet.tests.browser.visits import Visitor


def assert_accessible(page, axe, width):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than {width}"
    assert axe(page) == [], page.url


@pytest.mark.parametrize("scheme, width", [("light", 320), ("dark", 1280)])
def test_rooms_and_meditation_are_accessible_and_fit(embedded, new_context, axe, scheme, width):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    attic = ada.create_room(name="Attic " + "a" * 70)["id"]
    quiet = ada.create_room(name="Quiet", kind="meditation")["id"]
    for room in (attic, quiet):
        bob.join(room)
    for content in ("Hello", "x" * 400, "Word " * 60):
        bob.say(attic, content)
    bob.api().patch("/presence/me", json={"status": "meditating"}).raise_for_status()
    guide = guide_of(ada, ("prompt", "Listen " * 20, 60), ("silence", "", 300), name="Listening")
    visitor = Visitor(new_context, ada, color_scheme=scheme, viewport={"width": width, "height": 700})
    page = visitor.page
    visitor.open(attic)
    expect(page.get_by_text("is meditating").first).to_be_visible()
    assert_accessible(page, axe, width)
    for path in ("/meditation", "/meditation/guides/new", f"/meditation/guides/{guide}", "/settings/presence"):
        page.goto(f"{visitor.url}{path}")
        assert_accessible(page, axe, width)
    visitor.open(quiet)
    assert_accessible(page, axe, width)
    begin(ada, quiet, ("breath", "4-4 In and out", 300))
    expect(page.get_by_role("button", name="Sit down")).to_be_visible()
    assert_accessible(page, axe, width)
    sit_down(visitor)
    page.wait_for_timeout(1500)  # it comes slowly, and half-faded words have half their contrast
    assert_accessible(page, axe, width)
    end(ada, quiet)
