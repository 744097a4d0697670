"""Ids, as people send them: numbers of the database, or anything else."""

# 64 bits in the database; what lies beyond names nothing, and asking for it would be an error there.
GREATEST_ID = 2**63 - 1


def is_id(value: int) -> bool:
    return 0 < value <= GREATEST_ID
