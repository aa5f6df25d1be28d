"""Several workers learn of one payment at the same moment."""

from threading import Barrier, Thread

from django.db import connection

from billing.services import settling
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import Status
from tenants.models import Business
from tests.billing.paying_world import Paying, payments


def test_s05_hc117_events_at_the_same_moment_make_one_booking_and_one_payment(
    committed: Business, stripe_sandbox: StripeSandbox
) -> None:
    shop = Paying(committed, stripe_sandbox)
    attempt = shop.started()
    shop.pay(attempt)
    together, failed = Barrier(6), []

    def learn() -> None:
        try:
            connection.set_tenant(committed)  # type: ignore[attr-defined]
            together.wait()
            settling.look(business=committed, attempt_id=attempt.pk, now=shop.now)
        except Exception as error:  # noqa: BLE001  a thread's failure is looked at below
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=learn) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    booked = shop.fresh(attempt)
    assert booked.status == Status.CONFIRMED
    assert payments() == [("deposit", 3000, "succeeded")]
    assert booked.events.filter(action="confirmed").count() == 1
    assert booked.events.filter(action="paid").count() == 1
