from django.db import migrations
from django.db.models import Exists, OuterRef

from mindnet.base.emojis import bare, one_emoji


def keep_emoji(apps, schema_editor):
    """Reactions that are no emoji go; ways to write the same one on a message become the one that was given first."""
    Reaction = apps.get_model("messaging", "Reaction")
    written = list(Reaction.objects.order_by().values_list("emoji", flat=True).distinct())
    remove(apps, [text for text in written if one_emoji(text) is None])
    ways = {}
    for emoji in written:
        ways.setdefault(bare(emoji), []).append(emoji)
    for alike in ways.values():
        if len(alike) > 1:
            unite(Reaction, alike)


def remove(apps, texts):
    Message, Reaction = apps.get_model("messaging", "Message"), apps.get_model("messaging", "Reaction")
    doomed = Reaction.objects.filter(emoji__in=texts)
    messages = list(doomed.order_by().values_list("message", flat=True).distinct())
    doomed.delete()
    rest = Reaction.objects.filter(message=OuterRef("pk"))
    for start in range(0, len(messages), 1000):
        Message.objects.filter(~Exists(rest), pk__in=messages[start : start + 1000]).update(has_reactions=False)


def unite(Reaction, alike):
    first, given = {}, set()
    for row in Reaction.objects.filter(emoji__in=alike).order_by("pk").iterator():
        emoji = first.setdefault(row.message_id, row.emoji)
        if (row.message_id, row.psychic_id) in given:
            row.delete()
        elif row.emoji != emoji:
            row.emoji = emoji
            row.save(update_fields=["emoji"])
        given.add((row.message_id, row.psychic_id))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_fewer_indexes")]

    operations = [migrations.RunPython(keep_emoji, migrations.RunPython.noop)]
