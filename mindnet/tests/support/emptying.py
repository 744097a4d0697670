"""How a committing test leaves the database empty for the next.

Django truncates every table of PostgreSQL, which makes it throw away and make anew some two hundred files: a second
and more, for hundreds of tests of which each has filled a handful of tables. Here rows are deleted, and only where some
are. As with Django, numbers go on from where they were. What says which models there are stays, on either database, so
that nobody has to write its two hundred rows again.
"""

from functools import partial

from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate

KEPT = {"django_content_type", "auth_permission"}


def empty_by_deleting(connection):
    """From now on `flush` empties this connection's database in this way. For one that is migrated."""
    connection.ops.sql_flush = partial(statements, connection)
    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def statements(connection, style, tables, *, reset_sequences=False, allow_cascade=False):
    """Foreign keys are deferred: in one transaction, as `flush` has it, the order of tables is free."""
    tables = sorted({*tables} - KEPT)
    if connection.vendor != "postgresql" or reset_sequences or allow_cascade:
        djangos = type(connection.ops).sql_flush
        return djangos(connection.ops, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
    quoted = [connection.ops.quote_name(table) for table in tables]
    looks = [f"SELECT %s WHERE EXISTS (SELECT 1 FROM {name})" for name in quoted]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks), quoted)
        return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]
