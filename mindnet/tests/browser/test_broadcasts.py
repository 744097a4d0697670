"""A broadcast from its writing to the last acknowledgement: Ada operates, Bob is here, Cleo comes later."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def people(embedded):
    ada, bob, cleo = (embedded.person(name) for name in ("ada", "bob", "cleo"))
    embedded.grant(ada, "messaging.broadcast")
    return ada, bob, cleo


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_from_writing_it_to_the_last_acknowledgement(people, new_context, axe):
    ada, bob, cleo = people
    number = bob.create_room(name="The garden")["id"]
    cleo.join(number)
    bob_at = Visitor(new_context, bob, viewport=PHONE).open(number)
    ada_at = Visitor(new_context, ada, viewport=PHONE)
    page, here = ada_at.page, bob_at.page

    page.goto(f"{ada_at.url}/broadcasts")
    page.fill("[name=content]", "The server rests at midnight.")
    page.get_by_label("The people in some rooms").check()
    page.get_by_label("The garden").check()
    page.get_by_label("Ask everybody to acknowledge it").check()
    assert axe(page) == [] and fits(page)
    page.get_by_role("button", name="Preview").click()
    assert axe(page) == [] and fits(page)
    page.get_by_role("button", name="Send to 2 people").click()
    expect(page.locator("[data-progress]")).to_contain_text("0 of 2 people")
    assert axe(page) == [] and fits(page)

    bar = here.locator("[data-waiting]")
    expect(bar).to_contain_text("The server rests at midnight.")
    assert axe(here) == [] and fits(here)
    expect(bob_at.message("rests at midnight").get_by_role("button", name="Acknowledge")).to_be_visible()
    bar.get_by_role("button", name="Acknowledge").focus()
    here.keyboard.press("Enter")
    expect(bob_at.message("rests at midnight")).to_contain_text("Acknowledged")
    expect(bar).to_be_hidden()
    expect(page.locator("[data-acknowledged]")).to_have_text("1")

    page.reload()
    expect(page.locator(".people-list")).to_contain_text("cleo")
    cleo_at = Visitor(new_context, cleo, viewport=PHONE)
    expect(cleo_at.page.locator("[data-waiting]")).to_contain_text("The server rests")
    page.get_by_role("link", name="Remind the silent").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Remind 1 person?")
    assert axe(page) == []
    dialog.get_by_role("button", name="Remind them").click()
    expect(page.locator(".notices")).to_contain_text("Reminded 1 person.")
    cleo_at.page.locator("[data-waiting] button").click()
    expect(cleo_at.page.locator("[data-waiting]")).to_contain_text("Acknowledged")
    expect(page.locator("[data-acknowledged]")).to_have_text("2")
