from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Money")

    def ready(self) -> None:
        from billing import receivers, tasks, webhooks

        receivers.connect()
        webhooks.connect()
        for module in iter_modules(tasks.__path__):
            import_module(f"{tasks.__name__}.{module.name}")
