"""Ada and Bob set up their devices and compare their number; Ada adds a device and puts one out; Bob starts over."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.conftest import PATIENCE_MS
from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def two(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="", kind="private", **{"with": bob.username})["id"]
    return ada, bob, room


class Devices:
    """Somebody's page of devices in one browser."""

    def __init__(self, new_context, person, **options):
        self.visitor = Visitor(new_context, person, **options)
        self.page = self.visitor.page
        self.open()

    def open(self):
        self.page.goto(f"{self.visitor.url}/settings/devices")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def says(self, words):
        expect(self.page.locator("[data-own-devices]")).to_contain_text(words)

    def set_up(self, name, button="Set up this browser"):
        self.page.get_by_label("What shall it be called?").fill(name)
        self.press(button)

    @property
    def code(self):
        return self.page.locator(".secret-code").inner_text()


def safety(visitor, room):
    """The sheet over the room."""
    visitor.open(room)
    visitor.page.evaluate("location.hash = '#people'")
    # A line above the messages, about a device that was added, may have another one.
    visitor.page.locator("#people").get_by_role("link", name="Safety number").click()
    sheet = visitor.page.locator("dialog.sheet")
    expect(sheet.locator("[data-safety] :is(.digit-groups, p)").first).to_be_visible()
    return sheet


# As the room does it: what one device says, another one reads, by the modules that the pages use.
LINK = """async ([room, me, other]) => {
    const { openKeyring } = await import("/static/mindnet/js/client/keyring.js");
    const { Rest } = await import("/static/mindnet/js/client/rest.js");
    const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
    const rest = new Rest(location.origin, { csrfToken });
    const link = await (await openKeyring(me, { rest })).linkFor({ room, other });
    window.say = async (text) => {
        const nonce = crypto.randomUUID(), { content } = await link.seal({ nonce, text });
        await rest.send("POST", `/rooms/${room}/messages`, { nonce, content, message_type: "sealed" });
    };
    window.read = async () => {
        const { results } = await rest.fetchPage(room, { limit: 50 });
        return Promise.all(results.map(async (message) => (await link.open(message)).text ?? null));
    };
}"""


# A further device of the same person, let in by this browser as by its page.
ADD = """async ([me, name]) => {
    const { openKeyring } = await import("/static/mindnet/js/client/keyring.js");
    const { Rest } = await import("/static/mindnet/js/client/rest.js");
    const { makeDevice, shortCode } = await import("/static/mindnet/js/client/sealed/device.js");
    const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
    const rest = new Rest(location.origin, { csrfToken }), { mine } = await openKeyring(me, { rest });
    const about = { suite: 1, psychic: me, name, madeAt: new Date().toISOString() };
    const { card, signature } = await makeDevice(about);
    await rest.send("POST", "/devices", { card, signature });
    await mine.endorse(await shortCode(card));
}"""


# Until this browser has noted which devices somebody has, as it does when it first draws a room of theirs. It waits by
# itself: wait_for_function takes the promise of an asynchronous function for true.
NOTED = """async ([me, other, patience]) => {
    const { KeyStore } = await import("/static/mindnet/js/client/key_store.js");
    const store = new KeyStore(() => indexedDB), end = Date.now() + patience;
    while (await store.get([me, "noted", other]) === undefined) {
        if (Date.now() > end) throw new Error("Nothing was noted.");
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}"""


def link(devices, room, other):
    devices.page.evaluate(LINK, [room, devices.visitor.person.id, {"id": other.id, "username": other.username}])
    return devices.page


def test_devices_are_set_up_let_in_put_out_and_compared(two, new_context, axe):
    ada, bob, room = two
    laptop = Devices(new_context, ada)
    laptop.says("You have none yet")
    laptop.set_up("Laptop")
    laptop.says("Make a recovery code now")
    expect(laptop.page.get_by_role("list", name="Devices")).to_contain_text("Laptop this browser the first")
    other = Devices(new_context, bob)
    other.set_up("Bob's")
    other.says("Make a recovery code now")
    link(laptop, room, bob).evaluate("say('before the phone')")

    phone = Devices(new_context, ada, viewport=PHONE, color_scheme="dark")
    phone.set_up("Phone", "Add this browser")
    phone.says("This browser waits to be let in")
    laptop.says("Waiting: Phone")
    laptop.page.get_by_label("Its code").fill("0000-0000-0000-0000")
    laptop.press("Let it in")
    laptop.says("This code fits nothing")
    laptop.page.get_by_label("Its code").fill(phone.code.lower())
    laptop.press("Let it in")
    laptop.says("It is one of your devices now.")
    phone.says("Compare before you say anything.")
    assert link(phone, room, bob).evaluate("read()") == ["before the phone"]
    assert_accessible(phone.page, axe, 320)

    part = phone.page.get_by_role("list", name="Your part").inner_text()
    assert laptop.page.get_by_role("list", name="Your part").inner_text() == part
    phone.press("It is the same")
    phone.says("Your part of every safety number")
    phone.press("Make a recovery code")
    code = phone.code
    phone.page.get_by_label("How does it begin?").fill(code[:4].lower())
    phone.press("Use this code")
    phone.says("The recovery code is in force.")
    link(other, room, ada).evaluate("say('before the tablet')")
    tablet = Devices(new_context, ada)
    tablet.page.get_by_text("I have my recovery code").click()
    tablet.page.get_by_label("Your recovery code").fill(code)
    tablet.press("Use the code")
    tablet.says("The code fits.")
    phone.says("was let in by Recovery code since you looked here")
    assert link(tablet, room, bob).evaluate("read()") == [None, "before the tablet"]

    item = phone.page.get_by_role("listitem").filter(has_text="Laptop").first
    item.get_by_role("button", name="Put out").click()
    phone.press("Put it out")
    phone.says("Put out: 1")
    laptop.says("This browser was put out.")
    link(other, room, ada).evaluate("say('without the laptop')")
    assert link(laptop, room, bob).evaluate("read()") == ["before the phone", "before the tablet", None]

    phone.visitor.open(room)
    added = phone.page.locator("[data-added]")
    added.wait_for(state="attached")
    phone.page.evaluate(NOTED, [ada.id, bob.id, PATIENCE_MS])
    other.page.evaluate(ADD, [bob.id, "Bob’s tablet"])
    expect(added).to_contain_text(f"{bob.username} added a device: Bob’s tablet. Safety number")
    assert_accessible(phone.page, axe, 320)
    phone.visitor.open(room)
    added.get_by_role("button", name="Noted").click()
    expect(added).to_be_hidden()

    shown = safety(phone.visitor, room)
    expect(added).to_be_hidden()
    number = shown.locator(".digit-groups").inner_text()
    assert len(number.split()) == 12
    assert safety(other.visitor, room).locator(".digit-groups").inner_text() == number
    shown.get_by_role("button", name="We have compared: it is the same").click()
    expect(shown).to_contain_text("You have compared it")
    assert_accessible(phone.page, axe, 320)

    other.open()
    other.page.evaluate("indexedDB.deleteDatabase('mindnet:sealed')")
    other.open()
    other.page.get_by_text("I have lost all my devices and the code").click()
    other.press("Start over…")
    other.press("Start over, and lose what was sealed")
    other.says("You have started over.")
    expect(shown).to_contain_text("devices begin anew")
    shown.get_by_role("button", name=f"It is {bob.username}: go on").click()
    expect(shown).to_contain_text("Compare again")
    assert shown.locator(".digit-groups").inner_text() != number

    # A server that shows an older list than before.
    nothing = {"log": [], "head": None, "devices": []}
    phone.page.route("**/psychics/*/devices", lambda route: route.fulfill(json=nothing))
    other.page.get_by_role("button", name="Make a recovery code").click()
    other.page.get_by_label("How does it begin?").fill(other.code[:4])
    other.press("Use this code")
    expect(shown).to_contain_text("Something is held back.")
