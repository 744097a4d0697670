"""Makes psychics with a token each, and rooms; prints both as JSON. Run with the environment of the server under test.

Past the doors, because signing up hashes a password on purpose slowly and is not what is measured.
"""

import json
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "mindnet.settings"


def main(people, rooms):
    import django

    django.setup()
    from django.conf import settings
    from django.db import transaction
    from knox.models import get_token_model

    from presence.models import Psychic
    from rooms.services import create_room

    batch = secrets.token_hex(4)
    with transaction.atomic():
        psychics = Psychic.objects.bulk_create(
            Psychic(username=f"bench-{batch}-{number}", password="!") for number in range(people)
        )
        tokens = [get_token_model().objects.create(user=psychic)[1] for psychic in psychics]
    size = settings.LIMITS["ROOM_PARTICIPANTS_MAX"]
    made = [
        create_room(psychic=psychics[number % people], name=f"bench {number}", max_participants=size)[0].pk
        for number in range(rooms)
    ]
    return {"tokens": tokens, "rooms": made}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
