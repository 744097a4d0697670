"""Pins: what was seen of a psychic's log before, held against what is shown now."""

SAME, GROWN, WITHHELD, FORKED, OTHER_ROOT = "same", "grown", "withheld", "forked", "other_root"


def pin_of(log):
    """What is kept of a log that has been accepted: plain data."""
    return {"root": log.root, "n": len(log.heads) - 1, "head": log.head}


def compare(pin, log):
    """What has become of the log that was pinned. Sending goes on after SAME and GROWN alone.

    WITHHELD: what was seen before is not shown. FORKED: something else is shown in its place. OTHER_ROOT: the psychic
    has started over, or somebody says so; a person has to accept it.
    """
    if log.root != pin["root"]:
        return OTHER_ROOT
    if pin["n"] >= len(log.heads):
        return WITHHELD
    if log.heads[pin["n"]] != pin["head"]:
        return FORKED
    return SAME if pin["n"] == len(log.heads) - 1 else GROWN
