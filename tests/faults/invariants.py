"""What must hold in a business's schema whatever happened before: the fault matrix's checks, as reusable questions.

Each function answers the offending rows, so a good database answers an empty list. The connection must be in the
business's schema. I1, I2, … are the numbers of the fault matrix.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from scheduling.domain.states import RESTORABLE, may_follow
from scheduling.models import Appointment, AppointmentEvent

Rows = list[tuple[Any, ...]]
_LIVE = (
    "({0}.status in ('confirmed', 'pending_approval')"
    " or {0}.status = 'held' and ({0}.hold_expires_at > %(now)s or {0}.checkout_open))"
)
_OCCUPIED = (
    "tstzrange({0}.starts_at - make_interval(mins => {0}.buffer_before_minutes),"
    " {0}.ends_at + make_interval(mins => {0}.buffer_after_minutes))"
)
_OVERLAPS = f"""
select a.reference, b.reference, a.starts_at, b.starts_at
from scheduling_appointment a join scheduling_appointment b on a.provider_id = b.provider_id and a.id < b.id
where {_OCCUPIED.format("a")} && {_OCCUPIED.format("b")}
  and a.block_id <> b.block_id and not a.overlap_allowed and not b.overlap_allowed
  and {_LIVE.format("a")} and {_LIVE.format("b")}
"""
_GUARDS = """
select n.nspname from pg_constraint c join pg_namespace n on n.oid = c.connamespace
where c.contype = 'x' and c.conname = 'no_overlap' and n.nspname = %(schema)s
"""
_CROWDED = f"""
select a.block_id, count(*), min(a.capacity) from scheduling_appointment a
where a.capacity > 1 and not a.overlap_allowed and {_LIVE.format("a")}
group by a.block_id having count(*) > min(a.capacity)
"""
_MISSHAPEN = f"""
select a.reference, a.starts_at, a.ends_at, a.occupied, a.block_id from scheduling_appointment a
where a.occupied <> {_OCCUPIED.format("a")}
   or a.ends_at <> a.starts_at + make_interval(mins => a.duration_minutes)
   or (a.capacity = 1) <> (a.block_id = a.id)
"""
_SPLIT_SESSIONS = """
select provider_id, service_id, starts_at, count(distinct block_id) from scheduling_appointment
where capacity > 1 group by 1, 2, 3 having count(distinct block_id) > 1
"""
_OVER_REFUNDED = """
select p.id, p.amount, sum(r.amount) from billing_payment p
join billing_refund r on r.payment_id = p.id and r.state in ('requested', 'pending', 'succeeded')
group by p.id, p.amount having sum(r.amount) > p.amount
"""
_KEPT = """
select p.id, p.appointment_id, p.purpose, p.amount - coalesce(sum(r.amount), 0) as kept from billing_payment p
left join billing_refund r on r.payment_id = p.id and r.state in ('requested', 'pending', 'succeeded')
where p.state = 'succeeded' and p.appointment_id is not null group by p.id
"""
_KEPT_FOR_NOTHING = f"""
select k.id, a.reference, a.status, k.kept from ({_KEPT}) k join scheduling_appointment a on a.id = k.appointment_id
where k.kept > 0 and k.purpose in ('deposit', 'full') and a.status in ('held', 'expired', 'cancelled')
  and a.confirmed_at is null and a.requested_at is null
  and not exists (select 1 from billing_concern c where c.payment_id = k.id)
"""
_CHARGED_TWICE = f"""
select k.appointment_id, k.purpose, count(*) from ({_KEPT}) k
where k.kept > 0 and k.purpose in ('deposit', 'full', 'no_show_fee', 'cancellation_fee')
group by k.appointment_id, k.purpose having count(*) > 1
"""
_UNWATCHED = """
select a.reference, a.status, w.kind from scheduling_appointment a
join (values ('held', 'hold.end'), ('pending_approval', 'request.end'), ('confirmed', 'appointment.complete'))
     as w (status, kind) on w.status = a.status
where not exists (
    select 1 from public.core_outboxrow o
    where o.schema = %(schema)s and o.kind = w.kind and o.state in ('pending', 'running')
      and o.payload ->> 'appointment' = a.id::text
      and (w.kind <> 'appointment.complete' or (o.payload ->> 'sequence')::int = a.sequence))
"""
_OVERDUE = """
select id, kind, state, last_error from public.core_outboxrow
where schema = %(schema)s and state not in ('done', 'dead') and next_at < %(now)s - interval '10 min'
"""
_DEAD = "select id, kind, last_error from public.core_outboxrow where schema = %(schema)s and state = 'dead'"
_UNSWEPT = """
select reference, hold_expires_at from scheduling_appointment
where status = 'held' and not checkout_open and hold_expires_at < %(now)s - interval '10 min'
"""
_SENT_TWICE = """
select appointment_id, kind, channel, recipient, sequence from scheduling_message
where state = 'sent' group by 1, 2, 3, 4, 5 having count(*) > 1
"""
_NEVER_SENT = """
select a.reference from scheduling_appointment a
where a.status = 'confirmed' and a.client_email <> '' and a.confirmed_at < %(now)s - interval '10 min'
  and not exists (select 1 from scheduling_message m
                  where m.appointment_id = a.id and m.kind = 'client.confirmed' and m.state = 'sent')
"""


def overlaps(now: datetime) -> Rows:
    """I1: live appointments of one provider whose occupied times overlap without permission."""
    return _ask(_OVERLAPS, now=now)


def guarded() -> bool:
    """I2: the constraint `no_overlap` is in this schema."""
    return len(_ask(_GUARDS)) == 1


def crowded(now: datetime) -> Rows:
    """Class sessions with more live seats than their capacity."""
    return _ask(_CROWDED, now=now)


def misshapen() -> Rows:
    """Appointments whose occupied range, end or block differs from what their own values say; sessions split in two."""
    return _ask(_MISSHAPEN) + _ask(_SPLIT_SESSIONS)


def unwatched() -> Rows:
    """Live appointments without the outbox row that will end their state."""
    return _ask(_UNWATCHED)


def undrained(now: datetime) -> Rows:
    """I9: outbox rows that should have run ten minutes ago, and dead ones. After a drain."""
    return _ask(_OVERDUE, now=now) + _ask(_DEAD)


def unswept(now: datetime) -> Rows:
    """I10: holds over for ten minutes that are still held. After a drain."""
    return _ask(_UNSWEPT, now=now)


def sent_twice() -> Rows:
    """I6: messages sent more than once."""
    return _ask(_SENT_TWICE)


def never_sent(now: datetime) -> Rows:
    """I7: confirmed for ten minutes, and the client was never told. After a drain, for bookings that were to tell."""
    return _ask(_NEVER_SENT, now=now)


def lawless() -> Rows:
    """Histories that skip a step, take one that is not allowed, or end elsewhere than the appointment is."""
    found: Rows = []
    status = dict(Appointment.objects.values_list("pk", "status"))
    last: dict[UUID, str] = {}
    rows = AppointmentEvent.objects.order_by("id").values_list("appointment_id", "from_status", "to_status", "action")
    for appointment, was, became, action in rows:
        before = last.get(appointment, "")
        if was != before or not _lawful(was, became, action):
            found.append((appointment, before, was, became, action))
        last[appointment] = became
    return found + [(pk, last.get(pk), now) for pk, now in status.items() if last.get(pk) != now]


def over_refunded() -> Rows:
    """I3: payments of which more went back, or is to, than was captured."""
    return _ask(_OVER_REFUNDED)


def kept_for_nothing() -> Rows:
    """I4: money kept for a time that was never booked, of which nobody was told."""
    return _ask(_KEPT_FOR_NOTHING)


def charged_twice() -> Rows:
    """I5: appointments for which the same was paid twice, and both was kept."""
    return _ask(_CHARGED_TWICE)


def assert_money_sound() -> None:
    """What must hold of money once what is under way has ended."""
    assert over_refunded() == []
    assert kept_for_nothing() == []
    assert charged_twice() == []


def unacknowledged(acked: Mapping[UUID, datetime], refused: Iterable[UUID] = ()) -> Rows:
    """L1: acknowledged appointments (id → start) that are not there at that time; refused ones that are."""
    kept = dict(Appointment.objects.values_list("pk", "starts_at"))
    lost: Rows = [(pk, start, kept.get(pk)) for pk, start in acked.items() if kept.get(pk) != start]
    return lost + [(pk,) for pk in refused if pk in kept]


def assert_sound(now: datetime) -> None:
    """Everything that must hold at any moment, whether the outbox was drained or not."""
    assert overlaps(now) == []
    assert guarded()
    assert crowded(now) == []
    assert misshapen() == []
    assert lawless() == []
    assert sent_twice() == []


def _lawful(was: str, became: str, action: str) -> bool:
    if was == "" or was == became:
        return was != "" or became in ("held", "pending_approval", "confirmed")
    return may_follow(was, became) or (action == "restored" and was in RESTORABLE and became == "confirmed")


def _ask(query: str, **parameters: Any) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(query, {"schema": connection.schema_name, **parameters})  # type: ignore[attr-defined]
        rows: Rows = cursor.fetchall()
    return rows
