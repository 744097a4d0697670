from django.apps import AppConfig


class PresenceConfig(AppConfig):
    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from presence import accounts  # noqa: F401  connects what ends sockets with passwords, accounts and tokens
