from django.urls import path

from analytics.views import ConnectionStatisticsViewSet

urlpatterns = [
    path(
        "analytics/connections",
        ConnectionStatisticsViewSet.as_view({"get": "retrieve"}),
        name="connection-statistics",
    ),
]
