"""What one has written and is not said: an answer shows what it answers, a wait says how long, and what is taken back
is gone, its files too."""

from playwright.sync_api import expect

from mindnet.tests.browser.test_accessible import assert_accessible
from mindnet.tests.browser.visits import Visitor

PHONE = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}


def test_what_is_not_said_yet_shows_what_it_answers_and_can_be_taken_back(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(name="Attic")["id"]
    bob.join(room)
    ada.say(room, "Do you **hear** it?")
    owner, guest = Visitor(new_context, ada).open(room), Visitor(new_context, bob, **PHONE).open(room)
    page, pending = guest.page, guest.page.locator(".pending")

    # Who is slowed sees how long, and what the message that waits answers; it goes when the wait is over.
    ada.api().patch(f"/rooms/{room}", json={"slow_mode_seconds": 600}).raise_for_status()
    guest.write("I do")
    expect(page.locator("[data-standing]")).to_contain_text("(still 9 min")
    guest.act("Do you hear it?", "Reply")
    guest.write("Listen")
    expect(pending.locator(".quote")).to_have_text(f"{ada.username} Do you hear it?")
    assert_accessible(page, axe, 320)
    ada.api().patch(f"/rooms/{room}", json={"slow_mode_seconds": 0}).raise_for_status()
    owner.sees("Listen")

    # A file that had arrived goes with the message that was to take it.
    routes = []

    def let_one_through(route, _):
        routes.append(route)
        if len(routes) == 1:
            route.continue_()

    page.route("**/attachments", let_one_through)
    page.get_by_role("button", name="Add files").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Files and images").click()
    chooser.value.set_files([{"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in ("a.txt", "b.txt")])
    guest.write("These")
    expect(pending.locator("li", has_text="a.txt")).to_contain_text("sent")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        pending.get_by_role("button", name="Cancel").click()
    assert deleted.value.status == 204
    expect(pending).to_have_count(0)

    # What a moderator is to look at waits, and is gone once it is taken back.
    ada.api().patch(f"/rooms/{room}/rules", json={"hold_new_messages": 9}).raise_for_status()
    guest.act("Do you hear it?", "Reply")
    guest.write("Not now")
    expect(pending).to_contain_text("Waits for a moderator")
    expect(pending.locator(".quote")).to_be_visible()
    pending.get_by_role("link", name="Take back").click()
    page.locator(".sheet").get_by_role("button", name="Take back").click()
    page.keyboard.press("Escape")
    expect(pending).to_have_count(0)
    assert owner.texts() == ["Do you hear it?", "I do", "Listen"]
