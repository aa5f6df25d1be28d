"""Why a charge or a refund did not work, in the words of those who run the business."""

from django.utils.translation import gettext as _


def in_words(code: str) -> str:
    """What a vendor's code, or one of ours, means; codes that are not known only say that the bank declined."""
    return {
        "account_gone": _("your Stripe account is not connected any more"),
        "authentication_required": _("the bank wants the client to confirm the payment"),
        "balance_insufficient": _("there is not enough money in your Stripe balance"),
        "insufficient_funds": _("there is not enough money in the account"),
        "card_gone": _("the card is not there any more"),
        "lost_card": _("the card was reported lost"),
        "stolen_card": _("the card was reported stolen"),
        "lost_or_stolen_card": _("the card was reported lost or stolen"),
        "expired_card": _("the card has expired"),
        "expired_or_canceled_card": _("the card has expired or was cancelled"),
        "processing_error": _("the bank could not be reached"),
        "charge_for_pending_refund_disputed": _("the client disputes the payment"),
        "unknown": _("Stripe gave no answer"),
    }.get(code, _("the bank declined"))
