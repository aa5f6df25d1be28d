from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarSyncConfig(AppConfig):
    name = "calendarsync"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        from calendarsync import receivers
        from calendarsync.tasks import feeds, google  # noqa: F401  register what the outbox calls

        receivers.connect()
