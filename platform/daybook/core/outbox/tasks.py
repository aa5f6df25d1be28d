"""The relay as tasks: woken after each commit that wrote a row, and every few seconds by beat."""

from celery import shared_task

from daybook.core import clock
from daybook.core.outbox import relay as relays


@shared_task(ignore_result=True)
def relay() -> int:
    """Handle what is due now, a bounded piece of it."""
    return relays.drain(now=clock.now(), most=200)


@shared_task(ignore_result=True)
def sweep() -> int:
    """Forget what is done: handled rows after 30 days, idempotency keys after 24 hours."""
    from daybook.core.housekeeping import sweep as run

    return run()
