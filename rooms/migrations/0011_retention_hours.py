from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone


def hours_of_days(apps, schema_editor):
    """Every room with a rule is looked at once more, and has its next look from then on."""
    rooms = apps.get_model("rooms", "Room").objects.filter(retention_hours__gt=0)
    rooms.update(retention_hours=F("retention_hours") * 24, empties_at=timezone.now())


def days_of_hours(apps, schema_editor):
    """What was kept for some hours is kept for the whole day."""
    rooms = apps.get_model("rooms", "Room").objects.filter(retention_hours__gt=0)
    rooms.update(retention_hours=(F("retention_hours") + 23) / 24)


class Migration(migrations.Migration):

    dependencies = [
        ("rooms", "0010_devices"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="room", name="rooms_retention"),
        migrations.RenameField(model_name="room", old_name="retention_days", new_name="retention_hours"),
        migrations.AddField(
            model_name="room",
            name="empties_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(hours_of_days, days_of_hours),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(condition=Q(empties_at__isnull=False), fields=["empties_at"], name="rooms_retention"),
        ),
    ]
