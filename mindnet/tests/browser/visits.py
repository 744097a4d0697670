"""What people do with a browser, for the tests of the pages."""

from playwright.sync_api import expect

LIVE = "[data-connection][data-state=live]"


class Visitor:
    """A person of a world in front of a browser window of their own, signed in through the page of one process."""

    def __init__(self, new_context, person, *, process=0, **options):
        self.person = person
        self.url = person.world.urls[process]
        self.context = new_context(**options)
        self.page = self.context.new_page()
        self.page.goto(f"{self.url}/accounts/login/")
        self.page.fill("[name=login]", person.username)
        self.page.fill("[name=password]", person.password)
        self.page.click("main .button")
        self.page.wait_for_url(f"{self.url}/")

    def open(self, room):
        """Goes to a room and waits until it is live."""
        self.page.goto(f"{self.url}/room/{room}")
        self.wait_live()
        return self

    def wait_live(self, **options):
        self.page.wait_for_selector(LIVE, **options)

    def write(self, text):
        self.page.fill("#content", text)
        self.page.press("#content", "Enter")

    def message(self, text):
        """A stored message that is shown here."""
        return self.page.locator(".message[data-id]", has=self.page.locator(".text", has_text=text))

    def sees(self, text, **options):
        expect(self.message(text)).to_be_visible(**options)

    def texts(self):
        # Not inner_text: a message out of sight is not laid out and has none.
        return self.page.locator(".message[data-id] .text").all_text_contents()

    def act(self, text, name):
        """Opens the menu of a message and presses a button of it."""
        self.message(text).hover()
        self.message(text).locator(".more").click()
        self.page.get_by_role("button", name=name, exact=True).click()
