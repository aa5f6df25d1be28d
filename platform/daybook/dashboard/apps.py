from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "daybook.dashboard"
    label = "dashboard"
