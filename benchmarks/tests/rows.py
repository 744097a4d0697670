"""Rows of figures as a measurement gives them."""

import pytest

pytestmark = pytest.mark.once


def row(system, rate, per_cpu_second, **fields):
    usual = {"sockets": 200, "loss": 0.0, "p50_ms": 1.0, "p99_ms": 9.0, "deliveries_per_second": 200 * rate}
    return usual | {"system": system, "rate": rate, "per_cpu_second": per_cpu_second, "command": "x"} | fields
