"""A value of the environment that makes no sense stops the start, and says which variable it was."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mindnet.base import env, limits
from mindnet.tests.support.servers import clean_environment

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text, value", [("", True), ("1", True), ("yes", True), ("ON", True), ("0", False), ("off", False)]
)
def test_a_flag_is_one_of_a_few_words(monkeypatch, text, value):
    monkeypatch.setenv("FLAG", text)
    assert env.env_bool("FLAG", True) is value


def test_a_flag_of_another_word_is_refused(monkeypatch):
    monkeypatch.setenv("FLAG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="FLAG must be 1 or 0, not 'maybe'"):
        env.env_bool("FLAG", False)


@pytest.mark.parametrize("text", ["0", "11", "1.5", "many", "-1"])
def test_a_number_lies_within_its_bounds(monkeypatch, text):
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number from 1 to 10"):
        env.env_int("NUMBER", 5, 1, 10)


def test_a_number_has_a_default(monkeypatch):
    monkeypatch.delenv("NUMBER", raising=False)
    assert env.env_int("NUMBER", 5, 1, 10) == 5


def test_a_list_is_split_at_commas(monkeypatch):
    monkeypatch.setenv("NAMES", " a, b,,c ")
    assert env.env_list("NAMES") == ["a", "b", "c"]


@pytest.mark.parametrize("text, value", [("", "on"), ("off", "off"), (" OFF ", "off"), ("On", "on")])
def test_a_choice_is_one_of_its_words(monkeypatch, text, value):
    monkeypatch.setenv("CHOICE", text)
    assert env.env_choice("CHOICE", "on", ("on", "off")) == value


def test_another_word_is_no_choice(monkeypatch):
    monkeypatch.setenv("CHOICE", "of")
    with pytest.raises(ImproperlyConfigured, match="CHOICE must be on or off, not 'of'"):
        env.env_choice("CHOICE", "on", ("on", "off"))


def test_hosts_are_names_or_addresses(monkeypatch):
    monkeypatch.setenv("HOSTS", "mind.example, .mind.example, xn--mnd-hoa.example, 192.0.2.7, [2001:db8::1], db_1")
    assert len(env.env_hosts("HOSTS")) == 6


@pytest.mark.parametrize("text", ["*", "https://mind.example", "mind.example:8000", "*.mind.example", "::1", "."])
def test_what_no_host_header_says_is_no_host(monkeypatch, text):
    monkeypatch.setenv("HOSTS", text)
    with pytest.raises(ImproperlyConfigured, match="HOSTS takes names like"):
        env.env_hosts("HOSTS")


def test_networks_are_those_of_an_operator(monkeypatch):
    monkeypatch.setenv("NETWORKS", "127.0.0.1, 10.0.0.7/8, ::1, fc00::/7")
    assert [str(network) for network in env.env_networks("NETWORKS")] == [
        "127.0.0.1/32", "10.0.0.0/8", "::1/128", "fc00::/7",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.0/8, ::/0", "0.0.0.0/1, 128.0.0.0/1", "1.2.3.4/0"])
def test_the_whole_world_is_no_network_of_an_operator(monkeypatch, text):
    monkeypatch.setenv("NETWORKS", text)
    with pytest.raises(ImproperlyConfigured, match="NETWORKS must not be the whole world"):
        env.env_networks("NETWORKS")


def test_loopback_is_heard_on_this_machine_only():
    assert all(env.is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LOCALHOST"))
    assert not any(
        env.is_loopback(host) for host in ("0.0.0.0", "::", "", "192.0.2.7", "mind.example", "::ffff:1.2.3.4")
    )


def test_limits_are_changed_one_by_one(monkeypatch):
    monkeypatch.setenv("MINDNET_MESSAGE_RATE", "60/10")
    monkeypatch.setenv("MINDNET_QUEUE_MESSAGES", "7")
    assert env.env_limits() == limits.LIMITS | {"MESSAGE_RATE": limits.Rate(60, 10.0), "QUEUE_MESSAGES": 7}


@pytest.mark.parametrize(
    "name, text",
    [("MESSAGE_RATE", "60"), ("MESSAGE_RATE", "0/1"), ("MESSAGE_RATE", "1/0"), ("QUEUE_MESSAGES", "-1"),
     ("QUEUE_MESSAGES", "1.5"), ("QUEUE_MESSAGES", "many")],
)  # fmt: skip
def test_a_limit_that_makes_no_sense_is_named(monkeypatch, name, text):
    monkeypatch.setenv(f"MINDNET_{name}", text)
    with pytest.raises(ImproperlyConfigured, match=f"MINDNET_{name} must be"):
        env.env_limits()


def test_a_limit_that_there_is_not_is_named(monkeypatch):
    monkeypatch.setenv("MINDNET_MESAGE_RATE", "60/10")
    with pytest.raises(ImproperlyConfigured, match="MINDNET_MESAGE_RATE is no setting of mindnet"):
        env.env_limits()


@pytest.mark.parametrize(
    "name, text",
    [("WORKERS", "0"), ("WORKERS", "2"), ("DATABASE_URL", "mysql://host/name"), ("REDIS_URL", "http://host"),
     ("TRUSTED_ORIGINS", "mind.example"), ("TRUSTED_PROXIES", "nginx"), ("SECRET_KEY", "short"),
     ("PRESENCE_AUDIENCE", "some"), ("UPLOADS", "ftp://host/folder"), ("UPLOADS_ACCEL", "protected"),
     ("MINDNET_FRAME_BYTES", "big"), ("MINDNET_LIMITS", "of"),
     ("TRUSTED_PROXIES", "0.0.0.0/0"), ("ALLOWED_HOSTS", "*"), ("LOG_LEVEL", "LOUD"),
     ("DATABASE_URL", "nonsense"), ("DATABASE_URL", "postgres://mindnet:secret@host:x/name"),
     ("DATABASE_URL", "sqlite://:memory:"), ("DATABASE_URL", "sqlite:////nowhere/at/all"), ("DATA_DIR", __file__),
     ("DATA_DIR", f"{__file__}/below"), ("UPLOADS", __file__)],
)  # fmt: skip
def test_the_start_stops_with_one_line_that_names_the_variable(tmp_path, name, text):
    result = check(tmp_path, **{name: text})
    assert result.returncode != 0
    [line] = result.stderr.splitlines()
    assert line.startswith("mindnet does not start: ") and name in line
    assert "secret" not in line, "a password may be in it"


def test_debug_is_for_this_machine_alone(tmp_path):
    result = check(tmp_path, DEBUG="1", HOST="0.0.0.0")
    assert result.returncode != 0
    [line] = result.stderr.splitlines()
    assert "DEBUG" in line and "HOST" in line and "0.0.0.0" in line
    result = check(tmp_path, DEBUG="1", HOST="", LOG_LEVEL="debug")
    assert result.returncode == 0, result.stderr


def check(data_dir, **variables):
    """`manage.py check` with these variables of an operator, and no others of this project."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL,
        env=clean_environment(**{"DATA_DIR": data_dir, "DJANGO_SETTINGS_MODULE": "mindnet.settings"} | variables),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
