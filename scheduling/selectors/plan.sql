-- Who gives a service, and the rules and overrides that concern them: one row of JSON texts, which readers remember by
-- their text. Overrides from %(first)s to %(last)s. A client names the service by id or slug and gets it, too, if it is
-- open to clients; else its column is null.
with wanted as (
    select row_to_json(s)::text as service, s.id, s.capacity > 1 as is_class
    from scheduling_service s
    where (s.id = %(id)s or s.slug = %(slug)s)
      and (not %(by_client)s or s.active and s.visibility in ('public', 'link'))
), who as (
    select p as provider, p.id, p.position, p.created_at, l.price, l.duration_minutes
    from scheduling_serviceprovider l
    join scheduling_provider p on p.id = l.provider_id
    where l.service_id = (select id from wanted) and p.active and (%(provider)s::uuid is null or p.id = %(provider)s)
), team as (
    select array_agg(id order by position, created_at, id) as ids from who
)
select (select service from wanted where %(by_client)s),
       (select coalesce(json_agg(json_build_array(provider, price, duration_minutes) order by position, created_at, id),
                        '[]')::text
        from who),
       (select coalesce(json_agg(json_build_array(provider_id, service_id, weekday, start_minute, end_minute,
                                                  effective_from, effective_to)
                                 order by weekday, start_minute, id), '[]')::text
        from scheduling_availabilityrule
        where (provider_id is null or provider_id = any ((select ids from team)::uuid[]))
          and (service_id is null or service_id = (select id from wanted))),
       (select coalesce(json_agg(json_build_array(provider_id, kind, date, end_date, start_minute, end_minute)
                                 order by date, start_minute, id), '[]')::text
        from scheduling_dateoverride
        where (provider_id is null or provider_id = any ((select ids from team)::uuid[]))
          and date <= %(last)s and coalesce(end_date, date) >= %(first)s)
