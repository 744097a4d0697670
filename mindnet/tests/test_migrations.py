"""What migrations may do while processes of the release before still write."""

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

pytestmark = pytest.mark.once

OURS = ("presence", "rooms", "messaging", "analytics")


def added_columns():
    """(app, model, field) of each column that a migration adds to a table that was there before."""
    for (app, _), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if app not in OURS or migration.initial:
            continue
        made_here = {operation.name_lower for operation in migration.operations if is_a(operation, "CreateModel")}
        for operation in migration.operations:
            if is_a(operation, "AddField") and operation.model_name_lower not in made_here:
                yield app, operation.model_name_lower, operation.name


def is_a(operation, name):
    return isinstance(operation, getattr(migrations, name))


def test_columns_that_came_later_have_a_default_in_the_database():
    """A process of the release before does not name them when it inserts a row."""
    lacking = []
    for app, model, name in added_columns():
        fields = {field.name: field for field in apps.get_model(app, model)._meta.local_fields}
        field = fields.get(name)
        if field is not None and not field.null and field.db_default is NOT_PROVIDED:
            lacking.append(f"{app}.{model}.{name}")
    assert lacking == [], "give these columns db_default, in a migration"
    assert ("messaging", "message", "urgent_reason") in added_columns(), "nothing was looked at"
