"""How many processor cores this process may use. The machine may have more than it was given."""

import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable(root: Path = CGROUPS) -> int:
    """At least one. Of a container's share, which is time and not a number of cores, what makes up whole ones."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cores = os.cpu_count() or 1
    return max(1, min(cores, int(quota(root))))


def quota(root: Path) -> float:
    """Seconds of processor time a second, as cgroups of either version bound it; a large number where they do not."""
    try:
        most, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            most = (root / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (root / "cpu" / "cpu.cfs_period_us").read_text()
        except OSError:
            return 1e9
    return 1e9 if most.strip() in ("max", "-1") else int(most) / int(period)
