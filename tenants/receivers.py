"""When this happens → do that."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from tenants import (
    routing,
    tasks,  # noqa: F401  registers the handlers of the outbox
)
from tenants.models import User
from tenants.services import sessions


def connect() -> None:
    """Connect the receivers of this app."""
    routing.connect()
    user_logged_in.connect(_begin, dispatch_uid="sign_in.begin")
    user_logged_out.connect(_leave, dispatch_uid="sign_in.leave")
    for signal in (password_changed, password_set, password_reset):
        signal.connect(_password, dispatch_uid="sign_in.password")


def _begin(request: HttpRequest, user: User, **_: Any) -> None:
    sessions.begin(request, user)


def _leave(request: HttpRequest, **_: Any) -> None:
    sessions.left(request)


def _password(request: HttpRequest, user: User, **_: Any) -> None:
    sessions.password_changed(request, user)
