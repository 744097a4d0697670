from django.urls import path

from presence.account_views import PasswordViewSet, SignOutViewSet, TokenViewSet
from presence.block_views import BlockViewSet
from presence.profile_views import AvatarViewSet, OwnAvatarViewSet, OwnProfileViewSet, PsychicViewSet
from presence.views import MeditationViewSet, PresenceViewSet

own = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("psychics", PsychicViewSet.as_view({"get": "list", "post": "create"})),
    path("psychics/me", OwnProfileViewSet.as_view(own)),
    path("psychics/me/avatar", OwnAvatarViewSet.as_view({"put": "update", "delete": "destroy"})),
    path("psychics/me/password", PasswordViewSet.as_view({"post": "create"})),
    path("psychics/me/blocks", BlockViewSet.as_view({"get": "list"})),
    path("psychics/me/blocks/<str:username>", BlockViewSet.as_view({"put": "update", "delete": "destroy"})),
    path("psychics/<str:username>", PsychicViewSet.as_view({"get": "retrieve"})),
    path("psychics/<str:username>/avatar", AvatarViewSet.as_view({"get": "retrieve"})),
    path("auth/token", TokenViewSet.as_view({"post": "create"})),
    path("auth/logout", SignOutViewSet.as_view({"post": "one"})),
    path("auth/logoutall", SignOutViewSet.as_view({"post": "all"})),
    path("presence/online", PresenceViewSet.as_view({"get": "list"})),
    path("presence/me", PresenceViewSet.as_view(own)),
    path("presence/me/meditation", MeditationViewSet.as_view(own)),
]
