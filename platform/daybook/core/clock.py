"""The one clock of the domain.

Doors and tasks read `now()` once and pass it down. Under demo and test settings (SETTABLE_CLOCK) the time may be
set and then stands still: one row in `public`, read by web, worker and beat alike. It governs domain time only:
signatures, log-in and rate limits use real time.
"""

from datetime import UTC, datetime

from django.conf import settings

from daybook.core.errors import Invalid


def now() -> datetime:
    """The present instant of the domain, in UTC."""
    if settings.SETTABLE_CLOCK:
        from daybook.core.models import ClockSetting

        row = ClockSetting.objects.first()
        if row is not None:
            return row.instant
    return datetime.now(UTC)


def is_set() -> bool:
    """Whether the domain's time stands still."""
    if not settings.SETTABLE_CLOCK:
        return False
    from daybook.core.models import ClockSetting

    return ClockSetting.objects.exists()


def set_to(instant: datetime | None) -> None:
    """Stop the clock at an aware instant, or let it run again with None. Only under SETTABLE_CLOCK."""
    if not settings.SETTABLE_CLOCK:
        raise RuntimeError("the clock cannot be set here")
    from daybook.core.models import ClockSetting

    if instant is None:
        ClockSetting.objects.all().delete()
        return
    if instant.tzinfo is None:
        raise Invalid("offset_required", "The instant needs an offset, such as 2027-03-13T15:00Z.")
    ClockSetting.objects.update_or_create(id=1, defaults={"instant": instant.astimezone(UTC)})
