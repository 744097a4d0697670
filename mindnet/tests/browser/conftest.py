"""The browser: the one that `tools.find` names, with everything switched off that would call home."""

import os
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that beeps, for whoever asks for one: no page does by itself.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


# What is expected mostly comes within a second. A machine that also runs servers and their tests has slow moments, and
# only what never comes is wrong.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    tool = need(lambda: tools.find("browser"))
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return browser_type_launch_args | {
        "executable_path": str(tool.path),
        "args": ARGUMENTS,
        "env": environment | tool.environment,
    }


@pytest.fixture
def complaints():
    """What pages wrote to the console as errors, and exceptions nobody caught. A test may clear it."""
    return []


@pytest.fixture
def new_context(new_context, complaints):
    """As pytest-playwright has it, but a page that throws, or breaks its content security policy, fails the test."""

    def open_context(**options):
        context = new_context(**options)
        context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
        context.on("console", lambda message: message.type == "error" and complaints.append(told(message)))
        context.set_default_timeout(PATIENCE_MS)
        return context

    yield open_context
    assert not complaints, "The page complained:\n" + "\n".join(complaints)


def told(message):
    place = message.location
    return f"console: {message.text} ({place.get('url')}:{place.get('lineNumber')})"


@pytest.fixture
def axe():
    """`axe(page)`: what axe-core has against the page as it stands."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text()

    def run(page):
        page.evaluate(script)
        found = page.evaluate("axe.run()")["violations"]
        return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]

    return run
