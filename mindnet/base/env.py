"""Values out of the environment. What makes no sense stops the start, with the name of the variable."""

import ipaddress
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ  # type: ignore[import-untyped]  # it has no types
from django.core.exceptions import ImproperlyConfigured

from mindnet.base import limits, private

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
# A name or an address as it stands in a Host header, without scheme, port and path; .mind.example is all below it.
HOST_NAME = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)


def env_bool(name: str, default: bool) -> bool:
    """1, true, yes or on, in whatever case, and their opposites; empty is as good as not set."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if value == "" else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def env_int(name: str, default: int, least: int, most: int) -> int:
    """A whole number from `least` to `most`, `default` where there is none."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def env_list(name: str) -> list[str]:
    """What stands between the commas."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def env_choice(name: str, default: str, choices: Collection[str]) -> str:
    """One of these words, in whatever case."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    *others, last = choices
    raise ImproperlyConfigured(f"{name} must be {', '.join(others)} or {last}, not {value!r}.")


def env_folder(name: str, default: Path) -> Path:
    """A folder that this server may write to; one that is not there yet is made."""
    path = Path(os.environ.get(name, "").strip() or default).resolve()
    try:
        private.make_folder(path)
    except OSError as error:
        reason = "there is a file of that name" if isinstance(error, FileExistsError) else error.strerror
        raise ImproperlyConfigured(f"{name} must be a folder, and {str(path)!r} cannot be one: {reason}.") from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} must be a folder that this server may write to, not {str(path)!r}.")
    return path


def env_database(name: str, default: Path) -> dict[str, Any]:
    """What Django calls a database: PostgreSQL, or a file of SQLite, which is made where it is not there yet.

    What is said of a bad value does not repeat it: a password may be in it.
    """
    url = os.environ.get(name, "").strip()
    config = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
    if url:
        try:
            config = environ.Env.db_url_config(url) if urlsplit(url).scheme in DATABASE_SCHEMES else {}
        except Exception:
            config = {}
        if not config.get("NAME") or config["NAME"] == ":memory:":
            raise ImproperlyConfigured(f"{name} must be like sqlite:///path or postgres://user:password@host/name.")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        try:
            private.make_database(Path(config["NAME"]))
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}: the file {config['NAME']!r} cannot be opened: {error.strerror}."
            ) from None
    return config


def env_hosts(name: str) -> list[str]:
    """Names that a server is called by. `*` would let anybody's name into links and redirects."""
    hosts = env_list(name)
    for host in hosts:
        if not HOST_NAME.fullmatch(host):
            raise ImproperlyConfigured(f"{name} takes names like mind.example, without scheme and port, not {host!r}.")
    return hosts


def env_path(name: str) -> str:
    """A path of addresses, from / to /, or "" for none: below it nginx hands out what we send it to."""
    text = os.environ.get(name, "").strip()
    if text and not re.fullmatch("/([A-Za-z0-9_-]+/)+", text):
        raise ImproperlyConfigured(f"{name} takes a path like /protected/, not {text!r}.")
    return text


def is_loopback(host: str) -> bool:
    """Whether who listens there is heard on this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def env_networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses or networks, and not everybody's."""
    networks = []
    for text in env_list(name):
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise ImproperlyConfigured(f"{name} takes addresses or networks, not {text!r}.") from None
    # Joined, so that two halves of the world are the world.
    v4 = ipaddress.collapse_addresses([net for net in networks if isinstance(net, ipaddress.IPv4Network)])
    v6 = ipaddress.collapse_addresses([net for net in networks if isinstance(net, ipaddress.IPv6Network)])
    if 0 in [*(net.prefixlen for net in v4), *(net.prefixlen for net in v6)]:
        raise ImproperlyConfigured(f"{name} must not be the whole world: {os.environ[name]!r}.")
    return networks


def env_limits() -> dict[str, Any]:
    """The limits in force: the defaults of `limits.LIMITS` with what MINDNET_<NAME> says instead.

    A variable MINDNET_… that names no limit stops the start too: somebody relies on a limit that is not set.
    """
    values: dict[str, Any] = {}
    for name, default in limits.LIMITS.items():
        text = os.environ.get(f"MINDNET_{name}", "").strip()
        try:
            if not text:
                values[name] = default
            elif isinstance(default, limits.Rate):
                burst, _, per_second = text.partition("/")
                values[name] = limits.Rate(int(burst), float(per_second))
                if values[name].burst < 1 or not 0 < values[name].per_second < 1e9:
                    raise ValueError
            else:
                values[name] = type(default)(text)
                if not 0 < values[name] < 1e12:
                    raise ValueError
        except ValueError:
            form = 'like "30/5.0" (burst/per second)' if isinstance(default, limits.Rate) else "a positive number"
            raise ImproperlyConfigured(f"MINDNET_{name} must be {form}, not {text!r}.") from None
    known = {f"MINDNET_{name}" for name in limits.LIMITS} | {"MINDNET_LIMITS", "MINDNET_FAILPOINT"}
    for name in os.environ:
        if name.startswith("MINDNET_") and name not in known:
            raise ImproperlyConfigured(
                f"{name} is no setting of mindnet. The limits are listed in mindnet/base/limits.py."
            )
    return values
