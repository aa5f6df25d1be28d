"""The database backend: django-tenants' own, which asks after a connection's health without a word to the server."""
