-- What keeps providers busy, as epoch minutes: (place of the provider, from, to, kind, buffers), ordered for the sweep.
-- Kinds: 0 booked, 1 held, 2 outside calendar. The lower bound on starts lets the index skip the past.
-- (date_part gives a double, which is exact here and much faster than extract's numeric.)
select p.place,
       (date_part('epoch', a.starts_at) / 60)::int4 - a.buffer_before_minutes,
       (date_part('epoch', a.ends_at) / 60)::int4 + a.buffer_after_minutes,
       (a.status = 'held')::int4,
       a.buffer_before_minutes,
       a.buffer_after_minutes
from unnest(%(providers)s::uuid[]) with ordinality as p (id, place)
join scheduling_appointment a on a.provider_id = p.id
where a.starts_at > %(low)s and a.starts_at < %(high)s
  and (a.status in ('pending_approval', 'confirmed')
       or a.status = 'held' and (a.hold_expires_at > %(now)s or a.checkout_open))
  and a.id <> all (%(without)s::uuid[])
  and not (%(is_class)s and a.service_id = %(service)s and a.capacity > 1)
union all
select p.place,
       floor(date_part('epoch', b.starts_at) / 60)::int4,
       ceil(date_part('epoch', b.ends_at) / 60)::int4,
       2,
       0,
       0
from unnest(%(providers)s::uuid[]) with ordinality as p (id, place)
join scheduling_busytime b on b.provider_id = p.id
where b.starts_at < %(high)s and b.ends_at > %(first)s
order by 1, 2
