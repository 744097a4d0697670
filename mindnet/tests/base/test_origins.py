"""Which pages may open a socket with a cookie."""

import pytest

from mindnet.base.origins import origin_allowed


@pytest.mark.parametrize(
    "origin",
    [
        "https://mind.example",
        "HTTPS://MIND.EXAMPLE",
        "https://mind.example:443",
        b"https://mind.example",
        ["https://mind.example"],
    ],
)
def test_our_own_page_may(origin):
    assert origin_allowed(origin, "mind.example", "wss")
    assert origin_allowed(origin, b"Mind.Example:443", "https")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://mind.example",
        "https://mind.example:8443",
        "https://www.mind.example",
        "https://mind.example.evil.example",
        "https://evil-mind.example",
        "https://mind.exampl",
        "https://user@mind.example",
        "https://mind.example@evil.example",
        "https://evil.example#mind.example",
        "https://mind.example/",
        "https://mind.example/path",
        "https://mind.example\n",
        " https://mind.example",
        "https://mind.example:",
        "https://mind.example:99999",
        "https://mind.example:0443000",
        "https://mınd.example",
        "chrome-extension://mind.example",
        "moz-extension://0f0f0f",
        "file://",
        "wss://mind.example",
        "mind.example",
        "https://mind.example, https://mind.example",
        ["https://mind.example", "https://mind.example"],
        [],
    ],
)
def test_no_other_page_may(origin):
    assert not origin_allowed(origin, "mind.example", "wss")


def test_a_port_of_our_own_is_part_of_the_origin():
    assert origin_allowed("http://127.0.0.1:8000", "127.0.0.1:8000", "ws")
    assert not origin_allowed("http://127.0.0.1:8001", "127.0.0.1:8000", "ws")
    assert not origin_allowed("http://localhost:8000", "127.0.0.1:8000", "ws")
    assert origin_allowed("http://[::1]:8000", "[::1]:8000", "ws")


def test_a_trusted_origin_may(settings):
    settings.TRUSTED_ORIGINS = ["https://mind.example", "http://other.example:8080/"]
    assert origin_allowed("https://mind.example", "10.0.0.5:8000", "ws")
    assert origin_allowed("http://other.example:8080", "10.0.0.5:8000", "ws")
    assert not origin_allowed("http://mind.example", "10.0.0.5:8000", "ws")


@pytest.mark.parametrize("host, scheme", [("", "wss"), (None, "wss"), ("a b", "wss"), ("mind.example", "gopher")])
def test_without_a_host_of_our_own_nobody_may(host, scheme):
    assert not origin_allowed("https://mind.example", host, scheme)
    assert not origin_allowed(None, host, scheme)
