-- Appointments of one service that count for its sessions (live ones) and its daily cap, as epoch minutes.
select p.place,
       a.block_id,
       (date_part('epoch', a.starts_at) / 60)::int4,
       (date_part('epoch', a.ends_at) / 60)::int4,
       a.buffer_before_minutes,
       a.buffer_after_minutes,
       a.status in ('held', 'pending_approval', 'confirmed')
from unnest(%(providers)s::uuid[]) with ordinality as p (id, place)
join scheduling_appointment a on a.provider_id = p.id
where a.service_id = %(service)s
  and a.starts_at > %(low)s and a.starts_at < %(high)s
  and (a.status in ('pending_approval', 'confirmed', 'completed', 'no_show')
       or a.status = 'held' and (a.hold_expires_at > %(now)s or a.checkout_open))
  and a.id <> all (%(without)s::uuid[])
order by 1, 3
