"""How long sealing and opening take in a browser, by the modules that a room uses."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor

DEVICES = 4  # of each of the two
MESSAGES = 50  # as a page has them
ROUNDS = 7
SEAL_MS, OPEN_MS = 10, 150

# Makes this browser the first device, and lets the others in that would be in other browsers.
SET_UP = """async ([me, count]) => {
    const client = "/static/mindnet/js/client";
    const { openKeyring } = await import(`${client}/keyring.js`), { Rest } = await import(`${client}/rest.js`);
    const { makeDevice, shortCode } = await import(`${client}/sealed/device.js`);
    const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
    const rest = new Rest(location.origin, { csrfToken }), keyring = await openKeyring(me, { rest });
    await keyring.setUp("This one");
    for (let n = 1; n < count; n++) {
        const about = { psychic: me, name: `Another ${n}`, madeAt: new Date().toISOString() };
        const { card, signature } = await makeDevice({ suite: 1, ...about });
        await rest.send("POST", "/devices", { card, signature });
        await keyring.mine.endorse(await shortCode(card));
    }
    Object.assign(window, { rest, keyring });
}"""
SAY = """async ([room, other, count]) => {
    const link = await keyring.linkFor({ room, other });
    for (let n = 1; n <= count; n++) {
        const nonce = crypto.randomUUID(), text = `Star ${n} of the night, and what it says to us`;
        const { content } = await link.seal({ nonce, text });
        await rest.send("POST", `/rooms/${room}/messages`, { nonce, content, message_type: "sealed" });
    }
}"""
SEAL = """async ([room, other, rounds]) => {
    const link = await keyring.linkFor({ room, other }), took = [];
    for (let n = 0; n < rounds; n++) {
        const began = performance.now();
        const { content } = await link.seal({ nonce: crypto.randomUUID(), text: "How long does it take?" });
        took.push(performance.now() - began);
        window.devices = JSON.parse(content).to.length;
    }
    return [devices, took];
}"""
# Each time as after a reload: nothing of these messages is known.
OPEN = """async ([room, me, other, rounds]) => {
    const { MindLink } = await import("/static/mindnet/js/client/mind_link.js");
    const { results } = await rest.fetchPage(room, { limit: 50 }), took = [];
    let shown;
    for (let n = 0; n < rounds; n++) {
        const link = new MindLink({ room, me, other, off: null, keyring: async () => keyring });
        await link.ready();
        const began = performance.now();
        await link.open(results);
        took.push(performance.now() - began);
        shown = results.map((message) => link.asShown(message));
    }
    return [shown.filter((message) => message.is_opened).length, took];
}"""


def psychic(visitor):
    return {"id": visitor.person.id, "username": visitor.person.username}


@pytest.fixture
def two(embedded, new_context):
    """Ada and Bob in their browsers, each with so many devices, and their mind-link."""
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="", kind="private", **{"with": bob.username})["id"]
    visitors = [Visitor(new_context, one) for one in (ada, bob)]
    for visitor in visitors:
        visitor.page.evaluate(SET_UP, [visitor.person.id, DEVICES])
    return *visitors, room


def test_what_it_costs_to_seal_and_to_open(two, figures):
    """The best of some rounds, since other work on the machine only ever adds to it."""
    one, other, room = two
    other.page.evaluate(SAY, [room, psychic(one), MESSAGES])
    devices, sealing = one.page.evaluate(SEAL, [room, psychic(other), ROUNDS])
    opened, opening = one.page.evaluate(OPEN, [room, psychic(one), psychic(other), ROUNDS])
    assert (devices, opened) == (2 * DEVICES, MESSAGES)
    for name, took in (("seal_for_8", sealing), ("open_50", opening)):
        figures({f"{name}_ms": f"{min(took):.1f} (median {sorted(took)[ROUNDS // 2]:.1f})"})
    assert min(sealing) < SEAL_MS and min(opening) < OPEN_MS
    one.open(room)
    expect(one.page.locator(".message[data-id] .text", has_text="of the night")).to_have_count(MESSAGES)
