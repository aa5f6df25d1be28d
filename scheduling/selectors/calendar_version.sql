-- One short text that differs as soon as anything differs that the calendar shows between two instants. One row, read
-- every few seconds by every open calendar. Holds drop out when they end, without anybody writing.
select md5(concat_ws('/',
  (select concat_ws(',', count(*), max(a.updated_at), sum(hashtext(concat_ws(',', a.id, a.status, a.starts_at, a.ends_at, a.provider_id, a.client_name, a.checked_in_at)))::text)
   from scheduling_appointment a
   where a.starts_at < %(end)s and a.ends_at > %(begin)s
     and (%(provider)s::uuid is null or a.provider_id = %(provider)s::uuid)
     and (a.status in ('pending_approval', 'confirmed', 'completed', 'no_show')
          or a.status = 'held' and (a.hold_expires_at > %(now)s or a.checkout_open))),
  (select concat_ws(',', count(*), sum(hashtext(concat_ws(',', b.id, b.starts_at, b.ends_at, b.title)))::text)
   from scheduling_busytime b
   where b.starts_at < %(end)s and b.ends_at > %(begin)s),
  (select concat_ws(',', count(*), sum(hashtext(o::text))::text)
   from scheduling_dateoverride o
   where o.date <= %(end)s::date + 4 and coalesce(o.end_date, o.date) >= %(begin)s::date - 4),
  (select concat_ws(',', count(*), sum(hashtext(r::text))::text) from scheduling_availabilityrule r),
  (select concat_ws(',', count(*), sum(hashtext(concat_ws(',', p.id, p.name, p.hue, p.active, p.position, p.timezone)))::text)
   from scheduling_provider p)
))
