"""Who of the staff may change whom: nobody gives or takes over what they do not hold themselves.

Who sets somebody's password, or gives a group a permission that is theirs too, has its powers from then on.
"""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from mindnet.base.errors import DomainError
from presence.models import Psychic


def grantable(by: Psychic) -> QuerySet[Permission]:
    """The permissions that somebody may hand on."""
    return Permission.objects.all() if by.is_superuser else held(by)


def held(psychic: Psychic) -> QuerySet[Permission]:
    """A psychic's own and their groups'. Also of a closed account, since it may be opened again; of a superuser these
    are not all."""
    return Permission.objects.filter(Q(user=psychic) | Q(group__user=psychic)).distinct()


def may_change(by: Psychic, psychic: Psychic) -> bool:
    """Whether they hold everything that the psychic holds."""
    return by.is_superuser or (not psychic.is_superuser and covers(by, held(psychic)))


def may_change_group(by: Psychic, group: Group) -> bool:
    return by.is_superuser or covers(by, group.permissions.all())


def covers(by: Psychic, permissions: QuerySet[Permission]) -> bool:
    return not permissions.exclude(pk__in=held(by).values("pk")).exists()


def check_change(by: Psychic, psychic: Psychic) -> None:
    """Raises permission_denied."""
    if not may_change(by, psychic):
        raise DomainError("permission_denied", "You may not change somebody who holds more permissions than you.")
