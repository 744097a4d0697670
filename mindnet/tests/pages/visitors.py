"""People with a browser that holds their login session."""

import re

from django.test import Client

from presence import accounts, profiles
from presence.tests.account_steps import PASSWORD


class Browser(Client):
    """Signed in, and with the CSRF token of the page that has the form."""

    def __init__(self, psychic):
        super().__init__(enforce_csrf_checks=True)
        self.psychic = psychic
        self.force_login(psychic, backend="django.contrib.auth.backends.ModelBackend")

    def send(self, path, page="/profile", **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).text)[1]
        return self.post(path, fields | {"csrfmiddlewaretoken": token}, follow=True)


def psychic(username, **fields):
    row = accounts.sign_up(username=username, password=PASSWORD, address="198.51.100.7")
    profiles.update_profile(psychic=row, **fields)
    return row
