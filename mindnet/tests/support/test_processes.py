"""Processes that the tests start are watched."""

import pytest

from mindnet.tests.support.processes import Process

pytestmark = pytest.mark.once


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path):
    class Broken(Process):
        def command(self):
            return ["sh", "-c", "echo the reason; exit 3"]

        def is_ready(self):
            return False

    with pytest.raises(AssertionError, match=r"(?s)ended with 3.*the reason"):
        Broken("a broken server", tmp_path / "log").start()
