"""Catalogues of translations: gathered from the source, kept as `locale/<language>/LC_MESSAGES/django.po`, compiled at install."""
