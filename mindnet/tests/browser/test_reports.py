"""Bob writes something, Ada reports it from its menu, and reads what came of it."""

from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


def test_a_message_is_reported_from_its_menu_and_answered(embedded, new_context, axe):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    number = ada.create_room(name="The quiet room")["id"]
    bob.join(number)
    bob.say(number, "I know where you live")
    visitor = Visitor(new_context, ada, viewport={"width": 320, "height": 640}).open(number)
    page = visitor.page
    visitor.act("I know where you live", "Report…")
    sheet = page.get_by_role("dialog", name="Report this to the operators?")
    expect(sheet.locator(".told")).to_have_text("I know where you live")
    assert axe(page) == []
    page.evaluate("window.isSamePage = true")
    sheet.get_by_role("link", name="Not now").click()
    expect(sheet).to_have_count(0)
    visitor.act("I know where you live", "Report…")
    sheet.get_by_label("What is wrong with it?").fill("A threat.")
    sheet.get_by_role("button", name="Send the report").click()
    expect(page.locator(".notice")).to_contain_text("Your report is with the operators")
    expect(sheet).to_have_count(0)
    visitor.sees("I know where you live")
    assert page.evaluate("window.isSamePage")

    [report] = ada.api().get("/reports").json()["results"]
    assert (report["state"], report["reason"]) == ("open", "A threat.")
    for path in (f"/report?username={bob.username}", "/report/mine", f"/room/{number}/message/{report['message']}"):
        page.goto(f"{visitor.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert axe(page) == [], path
    page.goto(f"{visitor.url}/report/mine")
    expect(page.get_by_text("The operators have not answered yet.")).to_be_visible()
