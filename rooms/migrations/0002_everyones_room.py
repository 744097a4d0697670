"""Makes the one room of kind broadcast, where everybody is."""

from django.db import migrations

from rooms.everyones_room import make_everyones_room


def make_room(apps, schema_editor):
    make_everyones_room(apps.get_model("rooms", "Room"), schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial")]

    # Backwards it stays: messages may hang on it, and going forward again finds it.
    operations = [migrations.RunPython(make_room, migrations.RunPython.noop)]
