"""What a newcomer writes waits until a moderator has read it; a word rule shows what it would find before it is on."""

from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"viewport": {"width": 320, "height": 640}}
WORDS = "Hello from the stairs"


def test_what_a_newcomer_writes_waits_for_a_moderator(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    ada.api().patch(f"/rooms/{room}/rules", json={"hold_new_messages": 1}).raise_for_status()
    owner, guest = Visitor(new_context, ada, **PHONE), Visitor(new_context, bob, **PHONE).open(room)
    expect(guest.page.get_by_text("A moderator reads first what you write here.")).to_be_visible()
    guest.write(WORDS)
    expect(guest.page.locator(".pending")).to_contain_text("Waits for a moderator")
    owner.open(room)
    owner.page.get_by_role("link", name="People and details").click()
    owner.page.get_by_role("link", name="Waiting and marked").click()
    sheet = owner.page.locator(".sheet")
    expect(sheet).to_contain_text(WORDS)
    assert_accessible(owner.page, axe, 320)
    sheet.get_by_role("button", name="Let through").click()
    expect(sheet).to_contain_text("Let through: everybody in the room can read it now.")
    expect(sheet).to_contain_text("Nothing waits.")
    guest.sees(WORDS)
    expect(guest.page.locator(".pending")).to_have_count(0)
    assert guest.texts() == [WORDS]

    owner.page.goto(f"{owner.url}/room/{room}/word-rules")
    owner.page.get_by_label("Look for").fill("stair*")
    assert_accessible(owner.page, axe, 320)
    owner.page.get_by_role("button", name="See what it would find").click()
    expect(owner.page.locator("main")).to_contain_text("1 of 1 messages of the last seven days")
    assert_accessible(owner.page, axe, 320)
    owner.page.get_by_role("button", name="Switch on").click()
    expect(owner.page.locator(".held-list")).to_contain_text("stair* · holds back · on")
    guest.write("More STAIRS")
    expect(guest.page.locator(".pending")).to_contain_text("Waits for a moderator")
