"""Where one was: a mention stands apart, a marker is on every device, a key and a page lead to what is unread."""

import re

from playwright.sync_api import expect

from mindnet.tests.browser.test_reading import say_all
from mindnet.tests.browser.visits import Visitor


def test_one_goes_on_where_one_was(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    attic, cellar = (ada.create_room(name=name)["id"] for name in ("Attic", "Cellar"))
    for room in (attic, cellar):
        bob.join(room)
    say_all(ada, attic, (f"thought {number}" for number in range(1, 7)))
    laptop = Visitor(new_context, bob).open(attic)
    expect(laptop.page).to_have_title(re.compile(r"^Attic"))
    phone = Visitor(new_context, bob, viewport={"width": 320, "height": 560})
    speaker = Visitor(new_context, ada).open(cellar)

    speaker.write(f"Are you there, @{bob.username}?")
    badge = phone.page.locator(f"[data-room='{cellar}'] [data-mentions]")
    expect(badge).to_have_text("@1 mentions you,")
    expect(laptop.page).to_have_title(re.compile(r"^\(@1\) Attic"))

    laptop.act("thought 3", "Mark unread from here")
    expect(laptop.page.locator(".line + .message")).to_contain_text("thought 3")
    expect(laptop.page.locator("[data-above]")).to_contain_text("Unread from here")
    expect(phone.page.locator(f"[data-room='{attic}'] [data-unread]")).to_have_text("4 unread")
    assert axe(phone.page) == []

    phone.page.goto(f"{phone.url}/missed")
    expect(phone.page.locator(f"[data-missed='{attic}'] li").first).to_contain_text("thought 3")
    assert axe(phone.page) == []
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 320

    # Come back to, the room begins there; read on, the marker is gone on the phone as well.
    laptop.page.reload()
    laptop.wait_live()
    expect(laptop.page.locator(".line + .message")).to_contain_text("thought 3")
    expect(laptop.page).to_have_title(re.compile(r"^\(@1\) Attic"))
    laptop.page.keyboard.press("Alt+Shift+ArrowDown")
    laptop.page.wait_for_url(f"{laptop.url}/room/{cellar}#new")
    ada.say(attic, "thought 7")
    phone.page.goto(f"{phone.url}/missed")
    phone.page.get_by_role("button", name="Mark all as read").click()
    expect(phone.page.get_by_text("you have read everything")).to_be_visible()
    expect(laptop.page).to_have_title(re.compile(r"^Cellar"))
