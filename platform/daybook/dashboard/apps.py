from importlib import import_module

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "daybook.dashboard"
    label = "dashboard"

    def ready(self) -> None:
        import_module("daybook.dashboard.tasks")
