-- What keeps providers busy around starts in the window, buffers included: (place of the provider, from, to, kind,
-- buffers). Kinds: 0 booked, 1 held, 2 outside calendar. The lower bound on starts lets the index skip the past. What
-- has no end in sight ends with the window: its minutes would not go into an int4.
select array_position(%(providers)s::uuid[], a.provider_id) as place,
       a.starts_at - a.buffer_before_minutes * interval '1 minute' as since,
       a.ends_at + a.buffer_after_minutes * interval '1 minute' as until,
       (a.status = 'held')::int4 as kind,
       a.buffer_before_minutes,
       a.buffer_after_minutes
from scheduling_appointment a
where a.provider_id = any(%(providers)s::uuid[])
  and a.starts_at > %(low)s and a.starts_at < %(high)s
  and (a.status in ('pending_approval', 'confirmed')
       or a.status = 'held' and (a.hold_expires_at > %(now)s or a.checkout_open))
  and a.id <> all (%(without)s::uuid[])
  and not (%(is_class)s and a.service_id = %(service)s and a.capacity > 1)
union all
select array_position(%(providers)s::uuid[], b.provider_id), b.starts_at, least(b.ends_at, %(high)s), 2, 0, 0
from scheduling_busytime b
where b.provider_id = any(%(providers)s::uuid[])
  and b.starts_at < %(high)s and b.ends_at > %(since)s
