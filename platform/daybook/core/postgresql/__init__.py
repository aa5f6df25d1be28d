"""The database backend: django-tenants' own, which spares the server what a request does not need.

It asks after a connection's health without a word, sets the search path only when it changes, and prepares statements.
"""
