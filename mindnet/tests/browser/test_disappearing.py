"""Messages of a mind-link that disappear, on the server and in both browsers; and one that comes back as another."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from mindnet.tests.browser.test_attaching import choose
from mindnet.tests.browser.test_sealed_room import PHONE, note, set_up
from mindnet.tests.browser.visits import Visitor

# An hour passes for the first message; a server that means ill hands the second out as a new one, in its place.
MEANWHILE = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from messaging.models import Message
from rooms.models import Room
Message.objects.filter(room={room}, seq=1).update(timestamp=F("timestamp") - timedelta(minutes=61))
head = Room.objects.get(pk={room}).last_seq + 1
Message.objects.filter(room={room}, seq=2).update(id=F("id") + 1000, seq=head, changed_seq=head)
Room.objects.filter(pk={room}).update(empties_at=timezone.now(), last_seq=head)
"""
DISAPPEARING = "[data-disappearing]"
# How many places of messages this browser keeps, of each device; and what it keeps beside its database.
KEPT = """async () => {
    const { KeptPlaces } = await import("/static/mindnet/js/client/kept_places.js");
    const { KeyStore } = await import("/static/mindnet/js/client/key_store.js");
    const places = new KeptPlaces(-1, new KeyStore(() => indexedDB), { most: 2, spare: 1 });
    const place = (device, seq) => ({ sender: 1, device, nonce: `n${seq}`, id: seq, seq });
    const seqs = async () => (await places.of(99)).map(({ seq }) => seq).sort();
    await places.keep(99, [...[4, 5, 3, 2, 1].map((seq) => place("loud", seq)), place("quiet", 6)]);
    const again = await places.keep(99, [{ ...place("loud", 5), id: 50, seq: 50 }]);
    return { before: await seqs(), after: await seqs(), again, text: JSON.stringify({ ...localStorage }) };
}"""


@pytest.fixture
def picture(tmp_path):
    """As some telephones take them, with what they write beside it."""
    path, exif = tmp_path / "aura.avif", Image.Exif()
    exif[0x010F] = "taken by Ada"
    Image.new("RGB", (64, 32), "red").save(path, exif=exif)
    assert b"taken by Ada" in path.read_bytes()
    return path


def test_what_has_disappeared_is_nowhere_and_comes_back_as_nothing_new(embedded, new_context, axe, picture):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.api().post("/rooms", json={"kind": "private", "with": bob.username}).json()["id"]
    one = Visitor(new_context, ada).open(room)
    two = Visitor(new_context, bob, viewport=PHONE, has_touch=True).open(room)
    set_up(one, "Laptop")
    set_up(two, "Telephone")
    note(one, "Sealed: only your devices")

    ada.api().patch(f"/rooms/{room}/rules", json={"retention_hours": 8})
    expect(two.page.locator(DISAPPEARING)).to_contain_text("Messages disappear 8 hours after they are sent.")
    two.page.evaluate("location.hash = '#people'")
    two.page.get_by_role("link", name="Settings").click()
    sheet = two.page.locator("dialog.sheet")
    expect(sheet.get_by_label("Messages disappear")).to_be_visible()
    assert axe(two.page) == []
    sheet.get_by_label("Messages disappear").select_option(label="After 1 hour")
    sheet.get_by_role("button", name="Save").click()
    for visitor in (one, two):
        expect(visitor.page.locator(DISAPPEARING)).to_contain_text("Messages disappear 1 hour after they are sent.")
    two.page.evaluate("location.hash = '#composer'")

    choose(one.page, picture)
    expect(one.page.locator("[data-chosen]")).to_contain_text("aura.avif")
    one.write("The code is 4711")
    two.sees("The code is 4711")
    one.write("Pay him")
    two.sees("Pay him")
    two.act("The code is 4711", "Reply")
    expect(two.page.locator("[data-context]")).to_contain_text("4711")
    two.page.locator("a.picture").click()
    with two.page.expect_download() as download:
        two.page.locator("dialog.viewer").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "aura.webp"
    assert b"WEBP" in download.value.path().read_bytes() and b"taken by" not in download.value.path().read_bytes()
    embedded.shell(MEANWHILE.format(room=room))
    for visitor in (one, two):
        expect(visitor.page.locator("[data-log]")).not_to_contain_text("4711")
    expect(two.page.locator("[data-context]")).to_be_hidden()
    expect(two.page.locator("dialog.viewer")).to_have_count(0)
    two.open(room)
    expect(two.page.locator("[data-log]")).to_contain_text("it was said once before")
    assert two.texts() == [] and "4711" not in two.page.content()
    kept = two.page.evaluate(KEPT)
    assert (kept["before"], kept["after"], kept["again"][0]["id"]) == ([1, 2, 3, 4, 5, 6], [4, 5, 6], 5)
    assert "4711" not in kept["text"]
    assert two.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
