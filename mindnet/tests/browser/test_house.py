"""An owner sets their room up on its own page, by a phone, and ends it; the others are told, and keep it to read."""

import re

from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor


def test_a_room_is_set_up_from_its_panel_and_ended(embedded, new_context, axe, complaints):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    owner = Visitor(new_context, ada, viewport={"width": 320, "height": 640}, color_scheme="dark").open(room)
    guest = Visitor(new_context, bob).open(room)
    page = owner.page
    page.get_by_role("link", name="People and details").click()
    page.get_by_role("link", name="Settings").click()
    sheet = page.get_by_role("dialog", name="Settings of Attic")
    sheet.get_by_label("Name", exact=True).fill("Cellar")
    sheet.get_by_label("Places").fill("1")
    sheet.get_by_label("Messages are kept").select_option(label="For 90 days")
    sheet.get_by_role("button", name="Save").press("Enter")
    expect(sheet.get_by_role("alert")).to_contain_text("Nothing is saved yet.")
    expect(sheet.get_by_label("Places")).to_have_attribute("aria-invalid", "true")
    complaints.clear()  # The refusal: the browser itself writes it to the console.
    assert_accessible(page, axe, 320)
    sheet.get_by_label("Places").fill("12")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_have_count(0)
    expect(page.locator("h1")).to_contain_text("Cellar")
    expect(page.locator("[data-about]")).to_contain_text("Messages are kept for 90 days")
    expect(guest.page.locator("h1")).to_contain_text("Cellar")

    guest.page.goto(f"{guest.url}/room/{room}/settings")
    expect(guest.page.get_by_role("heading", name="House rules")).to_be_visible()
    guest.page.set_viewport_size({"width": 320, "height": 640})
    assert_accessible(guest.page, axe, 320)
    guest.open(room)
    page.goto(f"{owner.url}/room/{room}/settings")
    assert_accessible(page, axe, 320)
    page.get_by_role("link", name="End this room").click()
    expect(page.locator("main")).to_contain_text("is in it with you")
    assert_accessible(page, axe, 320)
    page.get_by_role("button", name="End it for everybody").click()
    expect(page.locator(".notice")).to_contain_text("Cellar has ended.")
    expect(guest.page.locator(".foot")).to_contain_text(re.compile("ended", re.IGNORECASE))
    page.get_by_text("Ended rooms").last.click()
    expect(page.get_by_role("link", name="Put Cellar away")).to_be_visible()
    assert_accessible(page, axe, 320)
