from django.apps import AppConfig


class PresenceConfig(AppConfig):
    name = "presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Connects what ends sockets with passwords, accounts and tokens, and what removes pictures with their rows.
        from mindnet.rest import access
        from presence import accounts, avatars  # noqa: F401

        access.check_caller = accounts.check_caller
