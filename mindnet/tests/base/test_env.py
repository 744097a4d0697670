"""A value of the environment that makes no sense stops the start, and says which variable it was."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mindnet.base import env, limits

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
     ("PRESENCE_AUDIENCE", "some"), ("UPLOADS", "ftp://host/folder"), ("MINDNET_FRAME_BYTES", "big")],
)  # fmt: skip
def test_the_start_stops_with_the_name_of_the_variable(tmp_path, name, text):
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "mindnet.settings", name: text}
    environment.pop("REDIS_URL" if name == "WORKERS" else "", None)
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert name in last, last
