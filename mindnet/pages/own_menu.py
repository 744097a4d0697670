"""What the menu of one's account offers, as far as it depends on what there is. Every page asks, so one query does."""

from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import Permission
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from messaging.models import Report
from mindnet.database.prepared import Prepared, fetch
from presence.models import Psychic
from rooms.models import Restriction


class OwnMenu(NamedTuple):
    """`news_of_reports`: one's report has an answer that one has not looked at."""

    has_restrictions: bool
    has_reports: bool
    news_of_reports: bool
    may_broadcast: bool


def offers_to(psychic_id, now: datetime):
    """Whether restrictions, reports, answers to them and the right to broadcast are there, for one psychic."""
    mine = Report.objects.filter(reporter=OuterRef("pk"))
    broadcast = Permission.objects.filter(content_type__app_label="messaging", codename="broadcast")
    given = broadcast.filter(Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk")))
    return Psychic.objects.filter(pk=psychic_id).values_list(
        Exists(Restriction.objects.in_force(now).filter(psychic=OuterRef("pk"))),
        Exists(mine),
        Exists(mine.filter(seen_at=None, answered_at__isnull=False)),
        Exists(given),
        F("is_superuser"),
    )


offers = Prepared(offers_to)


def asked(psychic):
    """What `own_menu` asks."""
    return offers(psychic.pk, timezone.now())


def own_menu(psychic):
    """The OwnMenu of who looks at a page."""
    [rows] = fetch(asked(psychic))
    for has_restrictions, has_reports, has_news, is_given, is_superuser in rows:
        return OwnMenu(has_restrictions, has_reports, has_news, is_given or is_superuser)
    return OwnMenu(False, False, False, False)
