"""A closed room is filled: by name, from the lobby, and by a link that a newcomer opens on a phone."""

from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"viewport": {"width": 320, "height": 640}}


def test_a_closed_room_is_filled_by_name_and_by_link(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic", kind="closed")["id"]
    owner = Visitor(new_context, ada, **PHONE)
    page = owner.page
    page.goto(f"{owner.url}/room/{room}/invitations")
    page.get_by_label("Username").press_sequentially(bob.username[:-1])
    expect(page.get_by_role("option", name=bob.username)).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert_accessible(page, axe, 320)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_have_value(bob.username)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{bob.username} is invited.")).to_be_visible()
    page.get_by_role("button", name="Make a link").click()
    page.get_by_text("Show as a QR code").click()
    expect(page.get_by_role("img", name="QR code of the address")).to_be_visible()
    assert_accessible(page, axe, 320)
    address = page.get_by_label("Address of the link").input_value()

    guest = Visitor(new_context, bob, **PHONE)
    expect(guest.page.get_by_role("link", name="1 invitation")).to_be_visible()
    assert_accessible(guest.page, axe, 320)
    guest.page.get_by_role("button", name="Go in: Attic").click()
    guest.page.wait_for_url(f"{guest.url}/room/{room}")

    newcomer = new_context(**PHONE).new_page()
    newcomer.goto(address)
    assert_accessible(newcomer, axe, 320)
    newcomer.get_by_role("button", name="Sign up and go in").click()
    newcomer.fill("[name=username]", "nora")
    for field in ("password1", "password2"):
        newcomer.fill(f"[name={field}]", "a key that nobody guesses")
    newcomer.locator("main .button").click()
    newcomer.wait_for_url(f"{owner.url}/room/{room}")
    newcomer.goto(address)
    newcomer.wait_for_url(f"{owner.url}/room/{room}")
