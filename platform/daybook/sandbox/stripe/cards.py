"""Stripe's test cards, by number and by token."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum


class Challenge(StrEnum):
    """When the bank wants to see its customer (3-D Secure)."""

    NEVER = "never"
    UNLESS_SET_UP = "unless_set_up"  # at the first time; then the card may be charged without him
    ALWAYS = "always"


@dataclass(frozen=True)
class Card:
    """`decline` is (code, decline_code); `saves` whether it can be kept although charges are declined."""

    number: str
    token: str
    about: str
    brand: str = "visa"
    challenge: Challenge = Challenge.NEVER
    decline: tuple[str, str] | None = None
    saves: bool = False
    disputed: bool = False
    refund: str = "succeeded"  # how a refund begins
    refund_later: str | None = None  # and what becomes of it

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


def declined(number: str, token: str, about: str, decline_code: str, code: str = "card_declined") -> Card:
    return Card(number, token, about, decline=(code, decline_code))


CARDS = (
    Card("4242424242424242", "pm_card_visa", "pays"),
    Card("5555555555554444", "pm_card_mastercard", "pays", brand="mastercard"),
    Card("378282246310005", "pm_card_amex", "pays", brand="amex"),
    declined("4000000000000002", "pm_card_visa_chargeDeclined", "is declined", "generic_decline"),
    declined("4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", "has no money", "insufficient_funds"),
    declined("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "was lost", "lost_card"),
    declined("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "has expired", "expired_card", "expired_card"),
    declined("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "wrong CVC", "incorrect_cvc", "incorrect_cvc"),
    declined(
        *("4000000000000119", "pm_card_chargeDeclinedProcessingError", "the bank has trouble"),
        *("processing_error", "processing_error"),
    ),
    Card(
        *("4000000000000341", "pm_card_chargeCustomerFail", "can be saved, then is declined"),
        decline=("card_declined", "generic_decline"),
        saves=True,
    ),
    Card(
        *("4000002500003155", "pm_card_authenticationRequiredOnSetup", "3-D Secure once, then fine off-session"),
        challenge=Challenge.UNLESS_SET_UP,
    ),
    Card(
        *("4000002760003184", "pm_card_authenticationRequired", "3-D Secure at every payment"),
        challenge=Challenge.ALWAYS,
    ),
    Card("4000000000000259", "pm_card_createDispute", "pays, then is disputed", disputed=True),
    Card("4000000000005126", "pm_card_refundFail", "pays; its refund fails later", refund_later="failed"),
    Card(
        *("4000000000007726", "pm_card_pendingRefund", "pays; its refund is pending first"),
        refund="pending",
        refund_later="succeeded",
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
ADVICE = {"lost_card": "do_not_try_again", "expired_card": "confirm_card_data", "incorrect_cvc": "confirm_card_data"}


def find(number_or_token: str) -> Card | None:
    """The test card of a number (blanks do not matter), its last four digits, or a token."""
    digits = re.sub(r"\D", "", number_or_token) if not number_or_token.startswith("pm_") else ""
    if digits and len(digits) == 4:
        return next((card for card in CARDS if card.last4 == digits), None)
    return BY_TOKEN.get(number_or_token) or BY_NUMBER.get(digits)
