-- What the schema holds beside tables, their indexes and their identities.
with here as (select oid from pg_namespace where nspname = %s)
select 'view or other relation ' || relname
from pg_class where relnamespace = (select oid from here) and relkind not in ('r', 'i', 'S')
union all
select 'sequence ' || c.relname
from pg_class c where c.relnamespace = (select oid from here) and c.relkind = 'S'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')
union all
select 'function ' || proname from pg_proc where pronamespace = (select oid from here)
union all
select 'type ' || typname
from pg_type where typnamespace = (select oid from here) and typtype in ('e', 'd', 'r')
union all
select 'trigger ' || tgname
from pg_trigger join pg_class c on c.oid = tgrelid
where c.relnamespace = (select oid from here) and not tgisinternal
