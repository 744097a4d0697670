"""Many rows at once, for what a measurement stands on, past whatever the ORM does."""

import uuid
from datetime import datetime

# As Django writes them in SQLite.
WORDS = {datetime: lambda value: value.isoformat(" ", "microseconds")[:26], uuid.UUID: lambda value: value.hex}


def insert(table, rows):
    """`table` names its columns as well: "messages (id, room_id)". Each row has a value for each of them."""
    from django.db import connection, transaction

    if not rows:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            words = [[WORDS.get(type(value), same)(value) for value in row] for row in rows]
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", words)


def same(value):
    return value
