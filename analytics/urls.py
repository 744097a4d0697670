from django.urls import path

from analytics.views import ConnectionStatisticsView

urlpatterns = [
    path("analytics/connections", ConnectionStatisticsView.as_view(), name="connection-statistics"),
]
