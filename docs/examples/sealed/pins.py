"""Pins: what was seen of a psychic's log before, held against what is shown now."""

FIRST, SAME, GROWN = "first", "same", "grown"
WITHHELD, FORKED, OTHER_ROOT = "withheld", "forked", "other_root"


def pin_of(log):
    """What is kept of a log that has been accepted: plain data."""
    return {"root": log.root, "n": len(log.heads) - 1, "head": log.head}


def compare(pin, log):
    """What has become of the log that was pinned, None where none was. Sending goes on after FIRST, SAME and GROWN.

    WITHHELD: what was seen before is not shown. FORKED: something else is shown in its place. OTHER_ROOT: the psychic
    has started over, or somebody says so; a person has to accept it.
    """
    if pin is None:
        return FIRST
    if log.heads and log.root != pin["root"]:
        return OTHER_ROOT
    if pin["n"] >= len(log.heads):
        return WITHHELD
    if log.heads[pin["n"]] != pin["head"]:
        return FORKED
    return SAME if pin["n"] == len(log.heads) - 1 else GROWN
