"""Disconnecting one psychic. The whole of it, with rooms and over REST, is in rooms/tests/test_operators.py."""

import pytest
from django.contrib.auth.models import Permission

from mindnet.base.errors import DomainError
from presence.models import Psychic
from presence.operators import disconnect_psychic

pytestmark = pytest.mark.django_db


def test_a_permission_that_was_taken_no_longer_counts(ada, bob):
    ada.user_permissions.add(Permission.objects.get(codename="disconnect"))
    ada = Psychic.objects.get(username="ada")
    assert ada.has_perm("presence.disconnect")
    ada.user_permissions.clear()
    with pytest.raises(DomainError, match="You may not"):
        disconnect_psychic(by=ada, username="bob")
