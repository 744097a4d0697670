from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from presence import services as presence
        from rooms import lookups, signals

        signals.connect(self)
        presence.share_a_room = lookups.share_a_room
