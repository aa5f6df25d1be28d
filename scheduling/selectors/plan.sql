-- Who gives a service, and the rules and overrides that concern them: one row of three JSON texts, which readers
-- remember by their text. Overrides from %(first)s to %(last)s.
with who as (
    select p as provider, p.id, p.position, p.created_at, l.price, l.duration_minutes
    from scheduling_serviceprovider l
    join scheduling_provider p on p.id = l.provider_id
    where l.service_id = %(service)s and p.active and (%(provider)s::uuid is null or p.id = %(provider)s)
)
select (select coalesce(json_agg(json_build_array(provider, price, duration_minutes) order by position, created_at),
                        '[]')::text
        from who),
       (select coalesce(json_agg(json_build_array(provider_id, service_id, weekday, start_minute, end_minute,
                                                  effective_from, effective_to)
                                 order by weekday, start_minute, id), '[]')::text
        from scheduling_availabilityrule
        where (provider_id is null or provider_id in (select id from who))
          and (service_id is null or service_id = %(service)s)),
       (select coalesce(json_agg(json_build_array(provider_id, kind, date, end_date, start_minute, end_minute)
                                 order by date, start_minute, id), '[]')::text
        from scheduling_dateoverride
        where (provider_id is null or provider_id in (select id from who))
          and date <= %(last)s and coalesce(end_date, date) >= %(first)s)
