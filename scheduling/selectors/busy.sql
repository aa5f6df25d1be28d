-- What keeps providers busy, as epoch minutes: (place of the provider, from, to, kind, buffers), ordered for the sweep.
-- Kinds: 0 booked, 1 held, 2 outside calendar. The lower bound on starts lets the index skip the past.
-- (date_part gives a double, which is exact here and much faster than extract's numeric.)
select array_position(%(providers)s::uuid[], a.provider_id) as place,
       (date_part('epoch', a.starts_at) / 60)::int4 - a.buffer_before_minutes as since,
       (date_part('epoch', a.ends_at) / 60)::int4 + a.buffer_after_minutes as until,
       (a.status = 'held')::int4,
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
select array_position(%(providers)s::uuid[], b.provider_id),
       floor(date_part('epoch', b.starts_at) / 60)::int4,
       ceil(date_part('epoch', b.ends_at) / 60)::int4,
       2,
       0,
       0
from scheduling_busytime b
where b.provider_id = any(%(providers)s::uuid[])
  and b.starts_at < %(high)s and b.ends_at > %(since)s
order by 1, 2
