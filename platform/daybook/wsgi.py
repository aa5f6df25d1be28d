"""The WSGI application that gunicorn serves with threads. There is no ASGI one: see docs/decisions."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings.production")
application = get_wsgi_application()

from django.conf import settings

from tenants.checks import refuse_pooling

for _urls in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF):
    import_module(_urls)  # the views are imported here, once for all processes, not by the first client

refuse_pooling()
gc.freeze()  # what is loaded by now stays: processes forked from here share it, and no collection looks it through
