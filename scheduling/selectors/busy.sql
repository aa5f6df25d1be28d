-- What is taken, as whole epoch minutes, ordered for the sweep.
-- (date_part gives a double, which is exact here and much faster than extract's numeric.)
select place,
       floor(date_part('epoch', since) / 60)::int4 as since,
       ceil(date_part('epoch', until) / 60)::int4 as until,
       kind,
       buffer_before_minutes,
       buffer_after_minutes
from {taken.sql} t
order by 1, 2
