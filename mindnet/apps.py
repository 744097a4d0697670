from django.apps import AppConfig


class MindnetConfig(AppConfig):
    name = "mindnet"
