"""Ada and Bob write with marks: by keys, seen live, the same after a reload, and a spoiler that a key opens."""

import json

from playwright.sync_api import expect

from mindnet.templatetags.markup import Drawing
from mindnet.tests.browser.visits import Visitor
from mindnet.tests.support import tools

CORPUS = json.loads((tools.BASE_DIR / "mindnet" / "tests" / "markup" / "corpus.json").read_text())
RICH = """**bold** and ||the ending||, `code`
> quoted
- one
- two
```py
for thought in mind: share(thought, with_everybody_who_is_in_this_room=True, and_in_time=True)
```
[bank.example](https://evil.example/) <b onclick="alert(1)">"""
# Draws each text as the page does, and compares with what the server made of it.
COMPARE = """async (cases) => {
  const { markupElement } = await import("/static/mindnet/js/view/markup.js");
  const parsed = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content.firstChild;
  return cases.filter(([text, html]) => {
    const [own, other] = [markupElement(text), parsed(html)];
    own.normalize();
    return !own.isEqualNode(other);
  }).map(([text]) => text);
}"""


def shown(visitor, text):
    return visitor.message(text).locator(".text").evaluate("(element) => element.outerHTML")


def test_two_people_write_with_marks(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Scriptorium")["id"]
    bob.join(room)
    writer = Visitor(new_context, ada, viewport={"width": 320, "height": 640}).open(room)
    reader = Visitor(new_context, bob, color_scheme="dark").open(room)
    write_by_keys(writer, bob.username)
    reader.sees("come here")
    own = reader.message("come here")
    assert own.locator("strong").text_content() == f"@{bob.username}"
    expect(own.locator(".mention.me")).to_have_text(f"@{bob.username}")
    assert own.locator("a").get_attribute("href") == "https://example.org"

    bob.say(room, RICH)
    writer.sees("bold")
    live = shown(writer, "bold")
    opens_by_key(writer)
    stays_open(writer, bob)
    assert axe(writer.page) == []
    assert writer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    same_as_the_server(writer)
    writer.page.reload()
    writer.wait_live()
    assert shown(writer, "bold") == live

    writer.page.get_by_role("link", name="Formatting").click()
    sheet = writer.page.get_by_role("dialog", name="How to write")
    expect(sheet.locator("pre").first).to_be_visible()
    assert axe(writer.page) == []


def write_by_keys(writer, name):
    """Marks by keys, taken back by the browser's own undo; Enter within code is a new line."""
    page, field = writer.page, writer.page.locator("#content")
    field.fill(f"@{name}")
    field.press("Control+a")
    field.press("Control+b")
    expect(field).to_have_value(f"**@{name}**")
    field.press("Control+z")
    expect(field).to_have_value(f"@{name}")
    field.fill(f"**@{name}** come ")
    field.press("End")
    field.press("Control+k")
    expect(field).to_have_value(f"**@{name}** come [](https://)")
    field.fill(f"**@{name}** come [here](https://example.org)")
    field.press("Enter")
    expect(field).to_have_value("")
    field.fill("```")
    field.press("Enter")
    page.keyboard.type("a = 1")
    field.press("Enter")
    page.keyboard.type("```")
    expect(field).to_have_value("```\na = 1\n```")
    field.press("Enter")
    expect(page.locator(".message[data-id] pre")).to_have_text("a = 1")


def opens_by_key(visitor):
    spoiler = visitor.message("bold").locator(".spoiler")
    words = spoiler.locator("span")
    expect(words).to_be_hidden()
    spoiler.locator("summary").focus()
    visitor.page.keyboard.press("Enter")
    expect(words).to_have_text("the ending")
    expect(words).to_be_visible()


def stays_open(visitor, person):
    """A reaction draws the message again."""
    number = visitor.message("bold").get_attribute("data-id")
    person.api().put(f"/messages/{number}/reactions/👍").raise_for_status()
    expect(visitor.message("bold").locator(".chip")).to_be_visible()
    expect(visitor.message("bold").locator(".spoiler span")).to_be_visible()


def same_as_the_server(visitor):
    # The parser of a document makes one line end of CR; in a message there is none.
    cases = [(text, Drawing().text(text)) for text, _ in CORPUS if "\r" not in text]
    assert visitor.page.evaluate(COMPARE, cases) == []
