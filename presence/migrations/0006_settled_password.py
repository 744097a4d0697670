from django.db import migrations, models
from django.db.models import F

ROWS_AT_ONCE = 10_000


def settle(apps, schema_editor):
    """What there is of tokens and connections stands on today's passwords. In small steps: the release before goes on
    writing to these rows meanwhile."""
    psychics = apps.get_model("presence", "Psychic").objects.filter(settled_password="")
    last = psychics.aggregate(last=models.Max("pk"))["last"] or 0
    for first in range(0, last + 1, ROWS_AT_ONCE):
        psychics.filter(pk__gte=first, pk__lt=first + ROWS_AT_ONCE).update(settled_password=F("password"))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("presence", "0005_moved_receipts")]

    operations = [
        migrations.AddField(
            model_name="psychic",
            name="settled_password",
            field=models.CharField(db_default="", default="", editable=False, max_length=128),
        ),
        migrations.AddField(
            model_name="connection",
            name="session_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="connection",
            name="token_digest",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=128),
        ),
        migrations.RunPython(settle, migrations.RunPython.noop),
    ]
