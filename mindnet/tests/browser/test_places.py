"""Writing and finding one's place: proposals, emoji, answers to far above, earlier texts, links to messages."""

from playwright.sync_api import expect

from mindnet.tests.browser.test_reading import say_all
from mindnet.tests.browser.visits import Visitor

PHONE = {"viewport": {"width": 320, "height": 600}, "color_scheme": "dark"}


def test_two_write_with_aids_and_find_their_way(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room()["id"]
    bob.join(room)
    first = ada.say(room, "where it began")
    say_all(ada, room, (f"thought {number}" for number in range(55)))
    visitor, other = Visitor(new_context, ada).open(room), Visitor(new_context, bob, **PHONE).open(room)
    page, phone = visitor.page, other.page

    # A name and an emoji, completed by keyboard: Enter takes, and then it sends.
    page.locator("#content").press_sequentially(f"Look, @{bob.username[:4]}")
    expect(page.get_by_role("option", name=f"@{bob.username}")).to_have_attribute("aria-selected", "true")
    page.press("#content", "Enter")
    page.locator("#content").press_sequentially(":tad")
    expect(page.get_by_role("option").first).to_contain_text(":tada:")
    page.press("#content", "Tab")
    expect(page.locator("#content")).to_have_value(f"Look, @{bob.username} 🎉 ")
    page.press("#content", "Enter")
    other.sees("Look, @")

    # A reaction from the picker, by keyboard.
    visitor.message("Look, @").press("Enter")
    page.get_by_role("button", name="React with another emoji").press("Enter")
    page.get_by_role("searchbox", name="Find an emoji").press_sequentially("crystal")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="crystal ball")).to_be_focused()
    page.keyboard.press("Enter")
    expect(other.message("Look, @").locator("..").get_by_text("🔮 1")).to_be_visible()

    # An answer to far above shows what it answers, leads there and back.
    bob.say(room, "an answer", reply_to=first["id"])
    quote = visitor.message("an answer").locator(".quote a")
    expect(quote).to_have_text(f"{ada.username} where it began")
    quote.press("Enter")
    expect(visitor.message("where it began")).to_be_focused()
    page.get_by_role("button", name="Back to where you were").press("Enter")
    expect(visitor.message("an answer")).to_be_in_viewport()

    # What was said before, and a link to where.
    ada.api().patch(f"/messages/{first['id']}", json={"content": "where it all began"}).raise_for_status()
    expect(quote).to_have_text(f"{ada.username} where it all began")
    phone.goto(f"{other.url}/room/{room}#m{first['id']}")
    phone.reload()
    other.wait_live()
    began = other.message("where it all began")
    expect(began).to_be_in_viewport()
    began.get_by_role("link", name="edited").press("Enter")
    expect(phone.get_by_role("dialog").get_by_text("At first")).to_be_visible()
    assert axe(phone) == []
    phone.keyboard.press("Escape")

    # All of it fits a phone.
    phone.get_by_role("button", name="Emoji", exact=True).click()
    expect(phone.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
    phone.keyboard.type("crystal")  # axe takes seconds for all of them
    expect(phone.get_by_role("button", name="grinning face", exact=True)).to_have_count(0)
    assert axe(phone) == []
    phone.keyboard.press("Escape")
    phone.locator("#content").press_sequentially("@")
    expect(phone.get_by_role("listbox", name="Proposals")).to_be_visible()
    assert axe(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320
