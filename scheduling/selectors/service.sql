-- One service that clients may book, by its id or its slug, as a JSON text.
select row_to_json(s)::text
from scheduling_service s
where s.active and s.visibility = any(%(visibilities)s) and (s.id = %(id)s or s.slug = %(slug)s)
