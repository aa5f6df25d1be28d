"""The base of every Celery task: it runs in the schema it was sent from, or not at all."""

from typing import Any

from celery.contrib.django.task import DjangoTask


class TenantTask(DjangoTask):  # type: ignore[type-arg]  # not subscriptable at run time
    """Carries the sender's schema in its headers and runs there.

    Without a schema, or when the business is gone, the task fails; it never falls back to `public`.
    """

    abstract = True

    def _with_schema(self, options: dict[str, Any]) -> dict[str, Any]:
        from django.db import connection

        options["headers"] = {"schema": connection.schema_name, **(options.get("headers") or {})}  # type: ignore[attr-defined]
        return options

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return super().apply_async(args, kwargs, **self._with_schema(options))

    def apply(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return super().apply(args, kwargs, **self._with_schema(options))

    def apply_async_on_commit(self, args: Any = None, kwargs: Any = None, **options: Any) -> None:  # type: ignore[override]
        """Send after the transaction commits; the schema is the present one, not the one active at the commit."""
        super().apply_async_on_commit(args, kwargs, **self._with_schema(options))

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        self.apply_async_on_commit(args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from django.db import connection
        from django_tenants.utils import get_tenant_model, schema_context, tenant_context

        schema = (self.request.headers or {}).get("schema") or self.request.get("schema")
        if schema is None and not self.request.called_directly:
            raise RuntimeError(f"{self.name} was sent without a schema")
        if schema is None or schema == connection.schema_name:  # type: ignore[attr-defined]
            return super().__call__(*args, **kwargs)
        if schema == "public":
            with schema_context("public"):
                return super().__call__(*args, **kwargs)
        with schema_context("public"):
            business = get_tenant_model().objects.get(schema_name=schema)
        with tenant_context(business):
            return super().__call__(*args, **kwargs)
