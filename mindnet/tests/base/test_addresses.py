"""Whose address a request comes from, and what a proxy may say of it."""

import ipaddress

import pytest

from mindnet.base import addresses
from mindnet.base.addresses import ProxyHeaders, client_address, counted, is_own_machine


def meta(peer, forwarded=None):
    return {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {})


def scope(peer, *forwarded, scheme="http", kind="http", **headers):
    lines = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    lines += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": kind, "client": [peer, 4711], "scheme": scheme, "headers": lines}


@pytest.fixture
def proxies(settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize("make", [meta, scope])
class TestClientAddress:
    def test_a_stranger_is_not_believed(self, make, proxies):
        assert client_address(make("203.0.113.9", "198.51.100.1")) == "203.0.113.9"

    def test_without_trusted_proxies_nobody_is_believed(self, make):
        assert client_address(make("127.0.0.1", "198.51.100.1")) == "127.0.0.1"

    def test_a_trusted_proxy_is_believed(self, make, proxies):
        assert client_address(make("127.0.0.1", "198.51.100.1")) == "198.51.100.1"

    def test_the_address_is_counted_from_the_right(self, make, proxies):
        assert client_address(make("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.1.2.3")) == "198.51.100.1"

    def test_a_chain_of_proxies_alone_ends_at_the_left(self, make, proxies):
        assert client_address(make("127.0.0.1", "10.0.0.1, 10.0.0.2")) == "10.0.0.1"

    @pytest.mark.parametrize(
        "garbage", ["", "unknown", "198.51.100.1, <script>", "999.1.1.1", "\x00", "a" * 5000, ",,,"]
    )
    def test_garbage_gives_the_peer(self, make, proxies, garbage):
        assert client_address(make("127.0.0.1", garbage)) == "127.0.0.1"

    def test_addresses_have_one_form(self, make, proxies):
        assert client_address(make("::ffff:127.0.0.1", "2001:DB8:0::1")) == "2001:db8::1"

    @pytest.mark.parametrize(
        "hop, address",
        [("198.51.100.1:4711", "198.51.100.1"), ("[2001:db8::1]:4711", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
         ("2001:db8::4711", "2001:db8::4711"), ("198.51.100.1:port", "127.0.0.1"), ("198.51.100.1:", "127.0.0.1")],
    )  # fmt: skip
    def test_a_port_behind_the_address_is_left_out(self, make, proxies, hop, address):
        assert client_address(make("127.0.0.1", hop)) == address

    def test_this_machine_is_who_comes_from_loopback_without_a_proxy(self, make):
        assert is_own_machine(make("127.0.0.1")) and is_own_machine(make("::1"))
        assert not is_own_machine(make("203.0.113.9")) and not is_own_machine(make(""))

    @pytest.mark.parametrize("forwarded", ["unknown", "", "127.0.0.1", "198.51.100.1:port", "127.0.0.1, 10.0.0.1"])
    def test_what_a_proxy_on_this_machine_hands_on_is_not_this_machine(self, make, forwarded, settings):
        for trusted in ([], [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")]):
            settings.TRUSTED_PROXIES = trusted
            assert not is_own_machine(make("127.0.0.1", forwarded))

    def test_a_unix_socket_has_none(self, make, proxies):
        assert client_address(make("", "198.51.100.1")) == ""


def test_several_header_lines_are_one_chain(proxies):
    assert client_address(scope("127.0.0.1", "1.1.1.1", "198.51.100.1")) == "198.51.100.1"


def test_a_scope_without_a_client_has_no_address(proxies):
    assert client_address({"type": "http", "client": None, "headers": []}) == ""


async def judged(incoming):
    """What the application behind `ProxyHeaders` sees."""
    seen = []

    async def application(scope, receive, send):
        seen.append(scope)

    await ProxyHeaders(application)(incoming, None, None)
    return seen[0]


async def test_a_trusted_proxy_gives_address_and_scheme(proxies):
    seen = await judged(scope("127.0.0.1", "198.51.100.1", x_forwarded_proto="https"))
    assert (seen["client"], seen["scheme"]) == (["198.51.100.1", 0], "https")
    seen = await judged(scope("127.0.0.1", "198.51.100.1", kind="websocket", scheme="ws", x_forwarded_proto="https"))
    assert seen["scheme"] == "wss"


async def test_a_stranger_gives_neither_and_no_forwarding_header_passes(proxies):
    incoming = scope(
        "203.0.113.9",
        "198.51.100.1",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
        daphne_root_path="/admin",
        forwarded="for=1.1.1.1",
        x_real_ip="1.1.1.1",
        accept="text/html",
    )
    seen = await judged(incoming)
    assert (seen["client"], seen["scheme"]) == (["203.0.113.9", 4711], "http")
    assert seen["headers"] == [(b"accept", b"text/html")]


# Counting


@pytest.mark.parametrize(
    "address, stands_for_it",
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::6", "2001:db8:1:3::"),
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.8", "198.51.100.8"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_limits_count_all_addresses_of_an_ipv6_network_as_one(address, stands_for_it):
    assert counted(address) == stands_for_it


def test_ipv4_inside_ipv6_is_counted_as_ipv4():
    assert counted(client_address(meta("::ffff:198.51.100.7"))) == "198.51.100.7"


@pytest.mark.parametrize("name", sorted(addresses.FORWARDING_HEADERS))
async def test_any_forwarding_header_takes_the_rights_of_this_machine(name):
    incoming = scope("127.0.0.1") | {"headers": [(name.title(), b"whatever")]}
    assert not is_own_machine(incoming)
    assert not is_own_machine(await judged(incoming)), "the headers are gone, and it is known that they were there"
    assert is_own_machine(await judged(scope("127.0.0.1", accept="text/html")))


@pytest.fixture
def unsaid(monkeypatch):
    monkeypatch.setattr(addresses, "said", set())


async def test_a_proxy_that_is_not_named_is_said_once(unsaid, caplog, settings):
    settings.TRUSTED_PROXIES = []
    for peer in ("127.0.0.1", "10.0.0.7", "127.0.0.1"):
        await judged(scope(peer, "198.51.100.1"))
    [line] = caplog.messages
    assert line.startswith("127.0.0.1 brings forwarding headers and is not among TRUSTED_PROXIES")


async def test_what_strangers_claim_is_not_worth_a_line(unsaid, caplog):
    await judged(scope("8.8.8.8", "198.51.100.1"))
    await judged(scope("", "198.51.100.1"))
    assert caplog.messages == []


async def test_a_trusted_proxy_that_names_nobody_is_said_once(unsaid, caplog, proxies):
    for _ in range(2):
        await judged(scope("127.0.0.1", "unknown\nforged"))
        await judged(scope("127.0.0.1", "198.51.100.1"))
    assert caplog.messages == [
        "the proxy at 127.0.0.1 names no client's address in X-Forwarded-For: 'unknown\\nforged'"
    ]
