"""django-allauth in Daybook: sign-in, passwords and second factors, on the platform host only."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from daybook.core.http.address import client_address
from tenants.services import mails, sealing


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Mails go through the outbox, their links lead to PLATFORM_URL, sign-up is ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People sign up with a business, or by an invitation: `tenants.views`."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The last untrusted hop, so that nobody chooses the address that is counted."""
        return client_address(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now, send from the outbox: a mail server that is down fails nobody's sign-in."""
        request: HttpRequest = allauth_context.request
        values = {"request": request, "email": email, **_on_platform(request, context)}
        mails.enqueue_message(self.render_mail(template_prefix, email, values))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors are kept encrypted."""

    def encrypt(self, text: str) -> str:
        """What the database keeps of a secret."""
        return sealing.seal(text, purpose="second factors")

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return sealing.unseal(encrypted_text, purpose="second factors")


def _on_platform(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context with every link of this site on PLATFORM_URL, whatever the request's Host header said."""
    origin = request.build_absolute_uri("/").removesuffix("/")
    return {
        name: settings.PLATFORM_URL + value.removeprefix(origin)
        if isinstance(value, str) and value.startswith(f"{origin}/")
        else value
        for name, value in context.items()
    }
