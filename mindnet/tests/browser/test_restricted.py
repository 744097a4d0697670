"""Muted while one writes: the page says so at once and takes an answer; lifted, the words are still there."""

import re

from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


def test_a_mute_comes_and_goes_and_the_draft_stays(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The quiet room")["id"]
    bob.join(number)
    page = Visitor(new_context, bob, viewport={"width": 320, "height": 700}).open(number).page
    page.fill("#content", "Half a thought")
    body = {"username": bob.username, "kind": "mute", "minutes": 60, "reason": "Too loud"}
    mute = ada.api().post(f"/rooms/{number}/restrictions", json=body).json()
    standing = page.locator("[data-standing]")
    expect(standing).to_contain_text("The reason: Too loud")
    expect(page.locator("#content")).to_be_hidden()
    left = standing.locator("[data-left]")
    expect(left).to_have_text(re.compile(r"\(still 59 min \d+ s\)"))
    expect(left).not_to_have_text(left.text_content())
    expect(left).to_have_attribute("aria-live", "off")
    assert axe(page) == []
    page.get_by_text("Answer it, once").click()
    page.get_by_label("What the moderators should know").fill("I was singing.")
    slow = {"username": bob.username, "kind": "slow", "seconds": 5, "minutes": 30, "reason": "Slowly"}
    with page.expect_response(f"**/room/{number}"):
        ada.api().post(f"/rooms/{number}/restrictions", json=slow).raise_for_status()
    expect(page.get_by_label("What the moderators should know")).to_have_value("I was singing.")
    page.get_by_role("button", name="Send the answer").click()
    expect(standing).to_contain_text("Your answer: I was singing.")
    page.wait_for_selector("[data-connection][data-state=live]")
    ada.api().delete(f"/rooms/{number}/restrictions/{mute['id']}").raise_for_status()
    expect(page.locator("#content")).to_have_value("Half a thought")
    expect(page.locator("#content")).to_be_visible()
    page.goto(f"{page.url.split('/room')[0]}/restrictions")
    expect(page.get_by_role("heading", name="Over")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
