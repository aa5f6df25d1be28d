from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WidgetConfig(AppConfig):
    name = "widget"
    verbose_name = _("What a client meets")

    def ready(self) -> None:
        import_module("widget.tasks")  # registers what the outbox calls
