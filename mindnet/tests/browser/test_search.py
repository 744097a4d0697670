"""Two people: one finds what the other has said, goes to its place, and finds it no more once it is deleted."""

import re

from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor


def test_a_word_is_found_followed_to_its_place_and_gone_when_deleted(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    garden = ada.create_room(name="Observatory")["id"]
    bob.join(garden)
    writer, seeker = (
        Visitor(new_context, one, color_scheme="light", viewport={"width": 320, "height": 700}) for one in (ada, bob)
    )
    writer.open(garden)
    for text in ("Good evening", "Ich sah den KOMÉTEN heute", "So did I"):
        writer.write(text)
    writer.sees("So did I")

    page = seeker.open(garden).page
    page.locator("[data-scroller]").focus()
    page.keyboard.press("/")
    page.wait_for_url(f"{seeker.url}/search?room={garden}")
    expect(page.locator("#find-q")).to_be_focused()
    assert_accessible(page, axe, 320)
    page.keyboard.type(f"kometen from:{ada.username}")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("KOMÉTEN")
    expect(page.locator(".beside")).to_have_text([f"{ada.username}: Good evening", f"{ada.username}: So did I"])
    assert_accessible(page, axe, 320)
    page.get_by_role("link", name=re.compile("Observatory")).click()
    seeker.wait_live()
    expect(seeker.message("KOMÉTEN")).to_be_in_viewport()

    writer.page.once("dialog", lambda dialog: dialog.accept())
    writer.act("KOMÉTEN", "Delete")
    expect(seeker.message("KOMÉTEN")).to_have_count(0)
    page.goto(f"{seeker.url}/search?q=kometen")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
