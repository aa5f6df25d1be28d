from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "daybook.core"
    label = "core"

    def ready(self) -> None:
        from daybook.core.inbox import applying  # noqa: F401  registers the handler of its outbox rows
