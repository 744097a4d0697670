"""The cores there are for us, and not those of the machine."""

import os

import pytest

from mindnet.base import cores


@pytest.mark.parametrize(
    "files, expected",
    [
        ({}, 1e9),
        ({"cpu.max": "max 100000\n"}, 1e9),
        ({"cpu.max": "250000 100000\n"}, 2.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1e9),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
    ],
    ids=["no cgroups", "no bound", "two and a half", "no bound, version 1", "half, version 1"],
)
def test_a_containers_share_bounds_them(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cores.quota(tmp_path) == expected
    assert cores.usable(tmp_path) == max(1, min(len(os.sched_getaffinity(0)), int(expected)))
