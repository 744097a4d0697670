"""People find each other: pictures, abilities, the directory; with a mouse, with a keyboard, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor
from presence.tests import images

SCRIPT = "<script>document.title='x'</script>"
PICTURE = re.compile(r"/psychics/[^/]+/avatar\?v=[0-9a-f]{16}")
# True once the image has come, whatever is drawn in the meantime.
HAS_COME = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture
def file(tmp_path):
    """`file("me.png", content)`: a file to choose."""

    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


def put_picture(person):
    answer = person.api().put("/psychics/me/avatar", files={"file": ("x.png", images.halves())})
    return answer.raise_for_status().json()["avatar_url"]


def edit(person, **fields):
    person.api().patch("/psychics/me", json=fields).raise_for_status()


def expect_picture(place):
    """The picture has come, over an initial that keeps its size."""
    image = place.locator(".avatar img").first
    expect(image).to_be_visible()
    expect(image).to_have_attribute("src", PICTURE)
    image.page.wait_for_function(HAS_COME, arg=image.element_handle())
    box, around = image.bounding_box(), place.locator(".avatar").first.bounding_box()
    assert box == around and box["width"] == box["height"]


def test_a_picture_is_chosen_seen_and_removed(embedded, new_context, complaints, file):
    visitor = Visitor(new_context, embedded.person("ada"))
    page = visitor.page
    page.goto(f"{visitor.url}/profile")
    page.fill("#bio", "not saved yet")
    page.set_input_files("#file", file("me.jpg", images.photograph()))
    expect(page.locator("[data-picture-status]")).to_have_text("This is your picture now.")
    expect_picture(page.locator("[data-own-picture]"))
    expect_picture(page.locator("header.site"))
    # The form beside it was left alone.
    expect(page.locator("#bio")).to_have_value("not saved yet")

    page.set_input_files("#file", file("evil.png", images.SVG))
    expect(page.locator("[data-picture-error]")).to_have_text("Pictures are JPEG, PNG, WebP or GIF.")
    complaints.clear()  # The browser itself writes the 415 to the console.
    expect_picture(page.locator("[data-own-picture]"))

    page.get_by_role("button", name="Remove the picture").click()
    expect(page.locator(".avatar img")).to_have_count(0)
    expect(page.locator("[data-picture-error]")).to_be_hidden()
    expect(page.get_by_role("button", name="Remove the picture")).to_be_hidden()
    page.reload()
    expect(page.locator(".avatar img")).to_have_count(0)


def test_pictures_stand_wherever_people_do(embedded, new_context):
    ada, bob, cleo = (embedded.person(name) for name in ("ada", "bob", "cleo"))
    put_picture(bob)
    number = ada.create_room(name="Gallery")["id"]
    bob.join(number)
    bob.say(number, "Here I am")
    visitor = Visitor(new_context, ada).open(number)
    expect_picture(visitor.message("Here I am"))
    expect_picture(visitor.page.locator("[data-people] li", has_text=bob.username))
    expect(visitor.page.locator("[data-people] li", has_text=ada.username).locator("img")).to_have_count(0)

    # Somebody of whom the page knew nothing: asked for in one request, whatever they say.
    put_picture(cleo)
    asked = []
    visitor.page.on("request", lambda request: "/psychics?" in request.url and asked.append(request.url))
    cleo.join(number)
    for word in ("And", "so", "am", "I"):
        cleo.say(number, word)
    expect_picture(visitor.page.locator("[data-people] li", has_text=cleo.username))
    expect_picture(visitor.page.locator(".message.first", has_text=cleo.username))
    assert len(asked) == 1

    visitor.page.goto(f"{visitor.url}/people?q={bob.username}")
    expect_picture(visitor.page.locator(".person-card"))
    visitor.page.goto(f"{visitor.url}/psychic/{bob.username}")
    expect_picture(visitor.page.locator(".profile"))


def test_a_picture_that_does_not_come_leaves_the_initial(embedded, new_context, complaints):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    put_picture(bob)
    visitor = Visitor(new_context, ada)
    visitor.page.route("**/avatar?**", lambda route: route.abort())
    visitor.page.goto(f"{visitor.url}/people?q={bob.username}")
    face = visitor.page.locator(".person-card .avatar")
    expect(face).to_have_text("B")
    assert face.bounding_box()["width"] == 52
    complaints.clear()  # The browser itself writes the failure to the console.


def test_with_the_keyboard_alone(embedded, new_context):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    edit(bob, abilities=["bell ringing"])
    visitor = Visitor(new_context, ada)
    page, press = visitor.page, visitor.page.keyboard.press
    page.goto(f"{visitor.url}/profile")
    page.locator("#bio").focus()
    press("Tab")
    expect(page.locator("#abilities")).to_be_focused()
    page.keyboard.type("Bell ringing, dowsing,")
    page.keyboard.type("tarot")
    press("Enter")
    tags = page.locator(".tags-box li")
    expect(tags).to_have_text(["Bell ringing", "dowsing", "tarot"])
    page.keyboard.type("BELL RINGING,")
    expect(tags).to_have_count(3)
    press("Backspace")
    expect(tags).to_have_text(["Bell ringing", "dowsing"])
    press("Shift+Tab")
    expect(page.get_by_role("button", name="Remove dowsing")).to_be_focused()
    press("Enter")
    expect(tags).to_have_text(["Bell ringing"])
    expect(page.locator("#abilities")).to_be_focused()
    page.keyboard.type("patience")
    press("Tab")
    press("Enter")
    page.wait_for_url(f"{visitor.url}/psychic/{ada.username}")
    expect(page.locator(".tags li")).to_have_text(["Bell ringing", "patience"])

    page.get_by_role("link", name="People", exact=True).first.focus()
    press("Enter")
    page.locator("#find").focus()
    page.keyboard.type("bell RING")
    press("Enter")
    page.wait_for_url("**/people?q=**")
    cards = page.locator(".person-card")
    expect(cards).to_have_count(2)
    page.get_by_role("link", name=bob.username).focus()
    press("Enter")
    page.wait_for_url(f"{visitor.url}/psychic/{bob.username}")


def test_without_javascript(embedded, new_context, file):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    visitor = Visitor(new_context, ada, java_script_enabled=False)
    page = visitor.page
    page.goto(f"{visitor.url}/profile")
    page.set_input_files("#file", file("me.png", images.halves()))
    page.get_by_role("button", name="Use this picture").click()
    expect(page.get_by_text("This is your picture now.")).to_be_visible()
    page.fill("#display-name", "Ada of the mill")
    page.fill("#abilities", "mill watching, Empathy")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Ada of the mill")).to_be_visible()
    page.get_by_role("link", name="mill watching").click()
    expect(page.locator(".person-card")).to_have_count(1)
    expect(page.locator(".person-card .avatar img")).to_be_visible()
    page.fill("#find", "nobody at all")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody found for")).to_be_visible()
    page.get_by_role("link", name="Show everybody").click()
    page.fill("#find", bob.username)
    page.press("#find", "Enter")
    page.get_by_role("link", name=bob.username).click()
    expect(page.get_by_role("button", name="Open a mind-link")).to_be_visible()


@pytest.mark.parametrize("scheme, width", [("light", 320), ("dark", 1280)])
def test_the_pages_are_accessible_and_fit(embedded, new_context, complaints, axe, scheme, width):
    ada, mallory = embedded.person("ada"), embedded.person("mallory")
    put_picture(ada)
    edit(mallory, display_name=SCRIPT, bio="x" * 300, abilities=[SCRIPT, "a" * 40, "W" * 40])
    edit(ada, display_name="A" * 80, abilities=["precognition", "M" * 40], bio="Hello.\n\nI am here.")
    visitor = Visitor(new_context, ada, color_scheme=scheme, viewport={"width": width, "height": 700})
    page = visitor.page
    for path in (
        f"/people?q={mallory.username}", "/people?ability=levitation", "/people?q=" + "a" * 81,
        f"/psychic/{ada.username}", "/profile", "/",
    ):  # fmt: skip
        page.goto(f"{visitor.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert axe(page) == [], path
        assert "mindnet" in page.title()
    page.goto(f"{visitor.url}/profile")
    page.fill("#abilities", f"{SCRIPT},")
    expect(page.locator(".tags-box li bdi").last).to_have_text(SCRIPT)
    assert "mindnet" in page.title() and axe(page) == []
    complaints.clear()  # The browser itself writes the 400 of the overlong search to the console.
