"""Files in a room, seen and heard by two people: pictures, sound that goes on, a card, a voice message; by keyboard,
and on a phone."""

import io
import math
import struct
import wave

from PIL import Image
from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}
# For two seconds at the most: so much is 14 kB of it.
RECORD_BRIEFLY = 'void import("/static/mindnet/js/view/recorder.js").then(({ record }) => record(14_000))'
PLACES = (
    """Array.from(document.querySelectorAll(".message, .files img"), (one) => one.getBoundingClientRect().toJSON())"""
)
# Whether the server draws the files of messages as the scripts do, but for blanks between elements.
IS_DRAWN_ALIKE = """async () => {
  const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
  const files = (root) => Array.from(root.querySelectorAll("[data-log] .files"), (one) => {
    const copy = document.importNode(one, true);
    const texts = document.createNodeIterator(copy, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) if (!text.data.trim()) text.data = "";
    copy.normalize();
    return copy;
  });
  const drawn = files(page), live = files(document);
  return drawn.length === live.length && live.length > 1 && live.every((one, index) => one.isEqualNode(drawn[index]));
}"""
PLAYS_ON = """new Promise((resolve) => {
  const sound = document.querySelector("audio");
  sound.addEventListener("timeupdate", () => sound.currentTime > 12.2 && resolve(!sound.paused));
})"""
LENGTH = """(sound) => new Promise((resolve) => {
  const look = () => Number.isFinite(sound.duration) && resolve(sound.duration);
  sound.addEventListener("durationchange", look);
  look();
})"""


def picture(width, height, colour):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def hum(seconds):
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(i / 9))) for i in range(8000 * seconds)))
    return stream.getvalue()


def put(person, room, content, **files):
    """A message with these files, name -> bytes."""
    api = person.api()
    ids = []
    for name, data in files.items():
        answer = api.post(f"/rooms/{room}/attachments", files={"file": (name, data)})
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    return person.say(room, content, attachments=ids)


def test_files_are_seen_heard_and_fetched(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    reader = Visitor(new_context, ada).open(room)
    page = reader.page
    held, ranges = [], []
    page.route("**/attachments/*/thumbnail", lambda route, _: held.append(route))
    page.on("response", lambda answer: "/attachments/" in answer.url and ranges.append(answer.status))

    # A picture has its place before it is there, and does not move when it comes.
    put(bob, room, "Look", **{"dawn.png": picture(1600, 900, "indigo"), "dusk.png": picture(300, 300, "orange")})
    # What comes in a form is unescaped once by Django, and by nobody after that.
    put(bob, room, "Listen", **{"hum.wav": hum(20), "plan &amp;lt;b&amp;gt;.txt": b"<b>north</b>"})
    image = page.get_by_role("img", name="dawn").first
    expect(image).to_be_visible()
    expect(page.locator("audio")).to_be_visible()
    before = page.evaluate(PLACES)
    assert not image.evaluate("(image) => image.naturalWidth") and len(held) == 2
    for route in held:
        route.continue_()
    page.evaluate("Promise.all(Array.from(document.querySelectorAll('.files img'), (image) => image.decode()))")
    assert page.evaluate(PLACES) == before
    assert page.evaluate(IS_DRAWN_ALIKE)

    # The keyboard goes through them, and comes back to where it was.
    link = page.locator("a.picture").first
    link.focus()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Picture")
    expect(viewer).to_contain_text("dawn")
    expect(viewer).to_contain_text(bob.username)
    assert axe(page) == []
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("2 of 2")
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img")).to_have_attribute("alt", "dusk.webp")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(link).to_be_focused()

    # What plays goes on, from any place in it, while others react to its message.
    sound = page.locator("audio")
    sound.evaluate("(sound) => { sound.muted = true; sound.currentTime = 12; return sound.play(); }")
    listen = bob.api().get(f"/rooms/{room}/messages").json()["results"][-1]["id"]
    bob.api().put(f"/messages/{listen}/reactions/🎶").raise_for_status()
    expect(page.get_by_role("button", name="🎶")).to_be_visible()
    assert page.evaluate(PLAYS_ON)
    assert 206 in ranges
    with page.expect_download() as download:
        page.get_by_role("link", name="plan &lt;b&gt;.txt").click()
    assert download.value.path().read_bytes() == b"<b>north</b>"

    # A voice message, from a phone: no longer than a file may be, and listened to before it goes.
    speaker = Visitor(new_context, bob, **PHONE).open(room)
    phone = speaker.page
    assert_accessible(phone, axe, 320)
    recorder = phone.get_by_role("dialog", name="Voice message")
    phone.evaluate(RECORD_BRIEFLY)
    expect(recorder.get_by_role("status")).to_have_text("Recorded: 0:02.")
    phone.keyboard.press("Escape")
    expect(recorder).to_have_count(0)
    phone.get_by_role("button", name="Add files").click()
    phone.get_by_role("button", name="Record a voice message").click()
    expect(recorder.get_by_role("status")).to_have_text("Recording: you are heard.")
    assert_accessible(phone, axe, 320)
    phone.wait_for_timeout(1200)
    phone.keyboard.press("Escape")  # stops, and keeps what was said
    expect(recorder.get_by_label("What you have recorded")).to_be_visible()
    assert_accessible(phone, axe, 320)
    recorder.get_by_role("button", name="Take it").click()
    expect(phone.locator("[data-chosen]")).to_contain_text("Voice message")
    phone.get_by_role("button", name="Send", exact=True).click()
    voice = page.locator(".file.audio", has_text="Voice message").locator("audio")
    assert 1 < voice.evaluate(LENGTH) < 60

    # All of it again among the room's files, and from there to its place.
    phone.get_by_role("link", name="People and details").click()
    phone.get_by_role("link", name="Files").click()
    sheet = phone.locator(".sheet")
    expect(sheet.locator("a.picture")).to_have_count(2)
    assert_accessible(phone, axe, 320)
    sheet.locator("li", has=phone.get_by_role("img", name="dawn")).get_by_title("Show it in the conversation").click()
    expect(sheet).to_have_count(0)
    expect(speaker.message("Look")).to_be_focused()
