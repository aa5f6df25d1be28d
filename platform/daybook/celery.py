"""The Celery application: every task is a `TenantTask`, the schedule is one public "what is due" and housekeeping."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings.production")

app = Celery("daybook", task_cls="daybook.core.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
