"""django-allauth in Daybook: sign-in, passwords and second factors, on the platform host only."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
        values = {"request": request, "email": email, "platform_url": settings.PLATFORM_URL}
        values |= _on_platform(request, context)
        mails.enqueue_message(self.render_mail(template_prefix, email, values))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How a person may say once more who he is, in our words."""
        words = {"mfa_reauthenticate": _("Use a code"), "mfa_reauthenticate:webauthn": _("Use a passkey")}
        found = super().get_reauthentication_methods(user)
        return [{**way, "description": words.get(way["id"], way["description"])} for way in found]


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors are kept encrypted, and called what people call them."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("Turn off two-step sign-in before you add an address."),
        "cannot_delete_authenticator": _("Two-step sign-in cannot be turned off."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
        "incorrect_code": _("This code is wrong, or too old. Type the one that is shown now."),
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def generate_authenticator_name(self, user: Any, type: str) -> str:
        """What a new passkey is called unless its owner says otherwise."""
        present = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": present + 1} if present else gettext("Passkey")

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
