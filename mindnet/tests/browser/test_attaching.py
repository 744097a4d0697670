"""Files on their way in: chosen, pasted and dropped, over a slow link that breaks, through a reload, and there once."""

import base64
import os

import pytest
from PIL import Image
from playwright.sync_api import expect

from mindnet.tests.browser.test_resilience import Link
from mindnet.tests.browser.visits import Visitor
from presence.tests import images

PHONE = {"width": 320, "height": 640}
# An event that carries a file, as the browser makes it: of a drag out of a folder, or of a picture on the clipboard.
BRING = """([type, place, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name, {type: "image/png"}));
  const event = type === "paste"
    ? new ClipboardEvent(type, {clipboardData: data, bubbles: true, cancelable: true})
    : new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
  document.querySelector(place).dispatchEvent(event);
}"""
IS_HALFWAY = "() => { const { value } = document.querySelector('progress'); return value > 0 && value < 1 }"


@pytest.fixture
def noise(tmp_path):
    """A picture that no compression makes smaller, so that it takes its time: 270 kB."""
    path = tmp_path / "noise.png"
    Image.frombytes("RGB", (300, 300), os.urandom(300 * 300 * 3)).save(path)
    return path


def bring(page, type, place, name):
    page.evaluate(BRING, [type, place, name, base64.b64encode(images.picture()).decode()])


def choose(page, *files):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Files and images").click()
    chooser.value.set_files(files)


def slow_down(visitor, bytes_per_second):
    link = visitor.context.new_cdp_session(visitor.page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    link.send("Network.emulateNetworkConditions", conditions)
    return link


def test_files_are_chosen_pasted_and_dropped_and_arrive_once_whatever_the_link_does(
    embedded, new_context, axe, noise, tmp_path, complaints
):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    writer, reader = Visitor(new_context, ada), Visitor(new_context, bob, viewport=PHONE, has_touch=True)
    link = Link(writer.context)
    page = writer.open(room).page
    reader.open(room)
    chosen = page.locator(".chosen li")

    notes, large = tmp_path / "notes.txt", tmp_path / "film.mkv"
    notes.write_text("Half a thought")
    large.write_bytes(bytes(10 * 1024 * 1024 + 1))
    choose(page, noise, notes, large)
    expect(chosen).to_have_count(2)
    expect(page.locator("[data-error]")).to_have_text("film.mkv is larger than 10 MB.")
    bring(page, "paste", "#content", "pasted.png")
    bring(page, "dragenter", ".talk", "dropped.png")
    expect(page.locator(".drop-target")).to_be_visible()
    bring(page, "drop", ".talk", "dropped.png")
    expect(page.locator(".drop-target")).to_be_hidden()
    expect(chosen).to_have_count(4)
    page.get_by_role("button", name="Leave out pasted.png").press("Enter")
    expect(page.get_by_role("button", name="Leave out dropped.png")).to_be_focused()
    expect(chosen.locator("img")).to_have_count(2)
    page.reload()
    writer.wait_live()
    expect(chosen.locator("bdi")).to_have_text(["noise.png", "notes.txt", "dropped.png"])

    slow = slow_down(writer, 40_000)
    writer.write("Look at these")
    pending = page.locator(".pending")
    expect(pending.locator("progress").first).to_have_js_property("hidden", False)
    page.wait_for_function(
        "() => { const { value } = document.querySelector('progress'); return value > 0 && value < 1 }"
    )
    writer.write("Words do not wait")
    reader.sees("Words do not wait")
    expect(pending).to_have_count(1)

    link.cut()
    slow.send("Network.emulateNetworkConditions",
              {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})  # fmt: skip
    expect(pending).to_contain_text("waits for the connection")
    slow.detach()
    page.reload()
    expect(pending).to_contain_text("noise.png")
    expect(pending).to_contain_text("waits for the connection")
    complaints.clear()  # The browser writes requests that broke off to the console by itself.
    link.mend()
    for visitor in (writer, reader):
        expect(visitor.message("Look at these").locator(".pictures img")).to_have_count(2, timeout=25_000)
        expect(visitor.message("Look at these").locator(".file-card")).to_contain_text("notes.txt")
    expect(pending).to_have_count(0)
    results = bob.api().get(f"/rooms/{room}/messages").json()["results"]
    assert [message["content"] for message in results] == ["Words do not wait", "Look at these"]

    phone = reader.page
    phone.get_by_role("button", name="Add files").click()
    expect(phone.get_by_role("button", name="Take a photograph")).to_be_visible()
    assert axe(phone) == []
    choose(phone, noise)
    expect(phone.locator(".chosen li")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(phone) == []
    phone.get_by_role("button", name="Send").click()
    expect(page.locator(".message[data-id]:not(.own) .pictures img")).to_have_count(1)
