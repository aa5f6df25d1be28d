-- Due rows that may run, one turn per business before anybody gets a second one, oldest of their aggregate first.
-- A row waits for the earlier ones of its aggregate, unless those wait for a suspended business.
with due as (
    select o.id, row_number() over (partition by o.schema order by o.next_at, o.id) as turn
    from public.core_outboxrow o
    where o.next_at <= %(now)s
      and (o.state = 'pending' and (o.locked_until is null or o.locked_until < clock_timestamp() or %(impatient)s)
           or o.state = 'running' and o.locked_until < clock_timestamp())
      and (%(schema)s::text is null or o.schema = %(schema)s)
      and (o.schema <> all (%(paused)s) or o.kind = any (%(always)s))
      and o.id <> all (%(without)s::bigint[])
      and not exists (
          select 1 from public.core_outboxrow e
          where e.schema = o.schema and e.aggregate = o.aggregate and e.id < o.id
            and e.state in ('pending', 'running') and e.next_at <= %(now)s
            and (e.schema <> all (%(paused)s) or e.kind = any (%(always)s)))
), chosen as (
    -- More candidates than wanted: another relay may be taking the first ones at this moment.
    select o.id
    from public.core_outboxrow o
    join (select id, turn from due order by turn, id limit %(most)s * 5) d on d.id = o.id
    where o.state = 'pending' or o.state = 'running' and o.locked_until < clock_timestamp()
    order by d.turn, o.id
    limit %(most)s
    for update of o skip locked
)
update public.core_outboxrow o
set state = 'running', attempts = o.attempts + 1, locked_until = clock_timestamp() + %(lease)s
from chosen
where o.id = chosen.id
returning o.id, o.schema, o.kind, o.payload, o.attempts
