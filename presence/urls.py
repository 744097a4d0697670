from django.urls import path

from presence import views

urlpatterns = [
    path("psychics", views.Psychics.as_view()),
    path("psychics/me", views.OwnProfile.as_view()),
    path("psychics/me/avatar", views.OwnAvatar.as_view()),
    path("psychics/me/password", views.Password.as_view()),
    path("psychics/<str:username>", views.Profile.as_view()),
    path("psychics/<str:username>/avatar", views.Avatar.as_view()),
    path("auth/token", views.Token.as_view()),
    path("auth/logout", views.Logout.as_view()),
    path("auth/logoutall", views.LogoutAll.as_view()),
    path("presence/online", views.Online.as_view()),
    path("presence/me", views.OwnPresence.as_view()),
    path("presence/me/meditation", views.OwnMeditation.as_view()),
]
