"""Ids and other numbers, as people send them: numbers of the database, or anything else."""

# 64 bits in the database; what lies beyond names nothing, and asking for it would be an error there.
GREATEST_ID = 2**63 - 1


def is_id(value: int) -> bool:
    return 0 < value <= GREATEST_ID


def whole_number(text: str) -> int | None:
    """The whole number that a text says, however many digits it has, or None where it says none. What lies beyond 64
    bits is as good as the largest of them."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return None
    # Twenty digits are beyond 64 bits already, and Python reads no number of more than 4,300.
    number = min(int(digits.lstrip("0")[:20] or 0), GREATEST_ID)
    return -number if text.startswith("-") else number
