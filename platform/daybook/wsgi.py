"""The WSGI application that gunicorn serves with threads. There is no ASGI one: see docs/decisions."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings.production")
application = get_wsgi_application()

from tenants.checks import refuse_pooling

refuse_pooling()
