"""The sign-in runs out while somebody writes: they sign in again, and what they wrote is there."""

import re

import pytest
from playwright.sync_api import expect

from mindnet.tests.browser.visits import Visitor


def run_out(visitor):
    visitor.context.clear_cookies(name="sessionid")


def sign_in_again(visitor):
    page = visitor.page
    expect(page.get_by_role("alert")).to_contain_text("what you wrote is kept")
    page.fill("[name=login]", visitor.person.username)
    page.fill("[name=password]", visitor.person.password)
    page.press("[name=password]", "Enter")
    expect(page.locator(".notice")).to_contain_text("this has not been sent")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_of_the_lobby_comes_back_with_its_text(embedded, new_context, axe, scripts, complaints):
    ada = embedded.person("ada")
    visitor = Visitor(new_context, ada, java_script_enabled=scripts, viewport={"width": 320, "height": 640})
    page = visitor.page
    page.fill("#room-name", "Evening")
    page.fill("#room-description", "For who cannot sleep")
    page.get_by_label("Meditation").check()
    run_out(visitor)
    page.get_by_role("button", name="Make the room").click()
    if scripts:
        assert axe(page) == []
    sign_in_again(visitor)
    complaints.clear()  # The refusal that the sign-in page came with: the browser itself writes it to the console.
    expect(page.locator("#room-name")).to_have_value("Evening")
    expect(page.locator("#room-description")).to_have_value("For who cannot sleep")
    expect(page.get_by_label("Meditation")).to_be_checked()
    assert [room["kind"] for room in ada.api().get("/rooms?mine=true").json()["results"]] == ["broadcast"]
    page.get_by_role("button", name="Make the room").click()
    expect(page.locator("h1")).to_contain_text("Evening")


def test_a_message_comes_back_without_scripts(embedded, new_context, complaints):
    ada = embedded.person("ada")
    room = ada.create_room(name="Plain paper")["id"]
    visitor = Visitor(new_context, ada, java_script_enabled=False)
    visitor.page.goto(f"{visitor.url}/room/{room}")
    visitor.page.fill("#content", "Written by hand\nin two lines")
    run_out(visitor)
    visitor.page.get_by_role("button", name="Send").click()
    sign_in_again(visitor)
    complaints.clear()  # The refusal that the sign-in page came with: the browser itself writes it to the console.
    expect(visitor.page.locator("#content")).to_have_value("Written by hand\nin two lines")
    expect(visitor.page.locator(".message")).to_have_count(0)
    visitor.page.get_by_role("button", name="Send").click()
    expect(visitor.page.locator(".message")).to_have_count(1)


def test_a_message_sent_before_the_scripts_had_come_becomes_the_draft(embedded, new_context, complaints):
    ada = embedded.person("ada")
    room = ada.create_room(name="Plain paper")["id"]
    visitor = Visitor(new_context, ada).open(room)
    page = visitor.page
    page.fill("#content", "Half a thought")
    run_out(visitor)
    page.evaluate("document.querySelector('[data-composer]').submit()")
    sign_in_again(visitor)
    complaints.clear()  # The refusal that the sign-in page came with: the browser itself writes it to the console.
    expect(page).to_have_url(re.compile(rf"/room/{room}$"))
    page.reload()
    expect(page.locator("#content")).to_have_value("Half a thought")
    page.press("#content", "Enter")
    visitor.sees("Half a thought")
    page.reload()
    visitor.wait_live()
    expect(page.locator("#content")).to_have_value("")
    assert visitor.texts() == ["Half a thought"]


def test_what_is_half_filled_in_is_there_again_after_signing_in(embedded, new_context, complaints):
    ada = embedded.person("ada")
    visitor = Visitor(new_context, ada, viewport={"width": 320, "height": 640})
    page = visitor.page
    visitor.wait_live()
    page.fill("#room-name", "Evening")
    page.get_by_label("Meditation").check()
    embedded.shell("from django.contrib.sessions.models import Session; Session.objects.all().delete()")
    page.get_by_role("link", name="Sign in again").click()
    complaints.clear()
    page.fill("[name=login]", ada.username)
    page.fill("[name=password]", ada.password)
    page.press("[name=password]", "Enter")
    expect(page.locator("#main > .notice")).to_contain_text("What you had written is here again")
    expect(page.locator("#room-name")).to_have_value("Evening")
    expect(page.locator("#room-name")).to_be_focused()
    expect(page.get_by_label("Meditation")).to_be_checked()
    page.reload()
    expect(page.locator("#room-name")).to_have_value("")
