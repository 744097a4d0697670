"""Values out of the environment. What makes no sense stops the start, with the name of the variable."""

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from mindnet.base import limits


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
