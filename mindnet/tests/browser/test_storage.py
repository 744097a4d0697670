"""A browser that keeps nothing: full, or refusing. One writes and is heard all the same, and is told."""

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.test_resilience import Link
from mindnet.tests.browser.visits import Visitor

# Whatever fits, in halves, down to the last character.
FILL = """() => {
  for (let size = 2 ** 22, number = 0; size >= 1;) {
    try { localStorage.setItem(`f${number++}`, "x".repeat(size)); } catch { size = Math.floor(size / 2); }
  }
}"""
# What a browser does that was told to keep nothing of sites: the name itself throws.
REFUSE = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied.", "SecurityError"); } });
}"""


@pytest.fixture(params=["full", "refused"])
def visitor(request, embedded, new_context):
    """Somebody in a room of their own whose browser keeps nothing."""
    ada = embedded.person("ada")
    visitor = Visitor(new_context, ada)
    if request.param == "full":
        visitor.page.evaluate(FILL)
    else:
        visitor.context.add_init_script(REFUSE)
    visitor.link = Link(visitor.context)
    return visitor.open(ada.create_room(name="No shelf")["id"])


def test_where_nothing_is_kept_one_writes_all_the_same_and_is_told_once(visitor):
    note = visitor.page.locator(".unkept-note")
    visitor.write("Out it goes")
    visitor.sees("Out it goes")
    expect(visitor.page.locator("#content")).to_have_value("")
    expect(note).to_contain_text("This browser keeps nothing for mindnet right now")
    note.get_by_role("button", name="Put away").click()
    expect(note).to_be_empty()
    visitor.write("And again")
    visitor.sees("And again")
    expect(note).to_be_empty()


def test_what_waits_here_only_goes_out_when_the_link_is_back(visitor):
    visitor.link.cut()
    expect(visitor.page.locator(".connection")).to_contain_text("Reconnecting in")
    visitor.write("From memory")
    expect(visitor.page.locator(".connection")).to_contain_text("1 waiting to be sent")
    visitor.link.mend()
    visitor.sees("From memory", timeout=25_000)
    expect(visitor.page.locator(".pending")).to_have_count(0)
