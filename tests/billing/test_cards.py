"""A card that is forgotten here is forgotten at Stripe, too: by a worker, once, whatever became of it there meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import SavedCard
from billing.services import cards
from daybook.core.errors import NotFound
from daybook.core.outbox.models import OutboxRow, OutboxState
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Appointment
from scheduling.signals import client_erased
from tenants.models import Business
from tests.billing.stripe_money import Till, make_till
from tests.factories import NOW


@pytest.fixture
def till(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[Any], None]) -> Till:
    clock(NOW)
    return make_till(business, stripe_sandbox, None)


@pytest.fixture
def booked(till: Till) -> Appointment:
    return till.book()


@pytest.fixture
def card(till: Till, booked: Appointment) -> SavedCard:
    return till.keep_card(booked)


def forget(card: SavedCard) -> None:
    cards.forget(client=card.client, card_id=card.pk, now=NOW)


def kept_there(till: Till, card: SavedCard) -> bool:
    return till.stripe.get(card.payment_method_id)["customer"] is not None


def asked(till: Till, card: SavedCard) -> int:
    return till.calls(f"/v1/payment_methods/{card.payment_method_id}/detach")


def row() -> OutboxRow:
    return OutboxRow.objects.get(kind=cards.DETACH)


def test_a_forgotten_card_is_detached_at_stripe_by_a_worker(till: Till, card: SavedCard) -> None:
    forget(card)
    forget(card)
    assert kept_there(till, card)
    assert asked(till, card) == 0
    till.work()
    assert not kept_there(till, card)
    assert (row().state, asked(till, card)) == (OutboxState.DONE, 1)


def test_a_card_that_was_kept_for_several_appointments_is_detached_once(till: Till, card: SavedCard) -> None:
    other = till.book()
    SavedCard.objects.create(
        client=card.client, appointment=other, account_id=card.account_id, customer_id=card.customer_id,
        payment_method_id=card.payment_method_id, consent=card.consent, created_at=NOW,
    )  # fmt: skip
    forget(card)
    till.work()
    assert asked(till, card) == 1
    assert not SavedCard.objects.filter(detached_at__isnull=True).exists()


def test_a_card_that_is_detached_already_is_as_good(till: Till, card: SavedCard) -> None:
    till.stripe.detach_card(card.payment_method_id)
    forget(card)
    till.work()
    assert row().state == OutboxState.DONE


def test_a_card_that_stripe_does_not_know_is_as_good(till: Till, card: SavedCard) -> None:
    SavedCard.objects.update(payment_method_id="pm_never_there")
    forget(SavedCard.objects.get())
    till.work()
    assert row().state == OutboxState.DONE


def test_an_account_that_is_gone_keeps_nothing_waiting(till: Till, card: SavedCard) -> None:
    till.stripe.deauthorize(till.account)
    forget(card)
    till.work()
    assert row().state == OutboxState.DONE


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 429}, {"kind": "reset"}, {"kind": "after-commit"}])
def test_an_answer_that_was_lost_is_asked_for_again(till: Till, card: SavedCard, fault: dict[str, Any]) -> None:
    forget(card)
    till.stripe.fail(**fault, path="/detach", times=3)
    till.work()
    assert row().state == OutboxState.PENDING
    till.stripe.reset_faults()
    till.work()
    assert row().state == OutboxState.DONE
    assert not kept_there(till, card)


def test_a_card_that_the_client_left_again_meanwhile_stays(till: Till, card: SavedCard) -> None:
    forget(card)
    SavedCard.objects.create(
        client=card.client, appointment=till.book(), account_id=card.account_id, customer_id=card.customer_id,
        payment_method_id=card.payment_method_id, consent=card.consent, created_at=NOW,
    )  # fmt: skip
    till.work()
    assert kept_there(till, card)


def test_the_cards_of_an_erased_client_are_detached(till: Till, card: SavedCard) -> None:
    client_erased.send(sender=None, client=card.client, emails=[], business=till.business, now=NOW)
    till.work()
    assert not kept_there(till, card)


def test_nobody_forgets_the_card_of_another_client(till: Till, card: SavedCard) -> None:
    lee = till.book(name="Lee", email="lee@example.test").client
    assert lee is not None
    with pytest.raises(NotFound):
        cards.forget(client=lee, card_id=card.pk, now=NOW)
    till.work()
    assert kept_there(till, card)
