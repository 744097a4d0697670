"""The lobby's lists: their buttons belong to one form, with scripts and without."""

from playwright.sync_api import expect

from mindnet.tests.browser.visits import LIVE, Visitor

PHONE = {"width": 320, "height": 640}


def test_two_meet_out_of_the_lists(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    # Others leave rooms behind as well.
    name = f"Quiet with {ada.username}"
    number = ada.create_room(name=name, description="For being quiet & together")["id"]
    host = Visitor(new_context, ada, color_scheme="light")
    host.wait_live()
    # Without scripts: the list as the server has drawn it.
    guest = Visitor(new_context, bob, java_script_enabled=False, viewport=PHONE)
    guest.page.get_by_role("button", name=f"Join {name}").click()
    guest.page.wait_for_url(f"{guest.url}/room/{number}")
    guest.page.goto(f"{guest.url}/")
    expect(guest.page.locator("[data-my-rooms]")).to_contain_text(name)
    expect(guest.page.get_by_role("button", name=f"Join {name}")).to_have_count(0)
    guest.page.get_by_role("button", name=f"Mind-link with {ada.username}").click()
    guest.page.wait_for_url(f"{guest.url}/room/*")
    # With scripts: the list as they have drawn it anew.
    live = Visitor(new_context, bob, viewport=PHONE, color_scheme="dark")
    live.wait_live()
    assert axe(live.page) == []
    host.page.reload()
    host.page.wait_for_selector(LIVE)
    host.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    host.page.get_by_role("button", name=f"Mind-link with {bob.username}").click()
    host.page.wait_for_url(f"{host.url}/room/*")
    expect(host.page.locator("h1, .room-head")).to_contain_text([bob.username])
