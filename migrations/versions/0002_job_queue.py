"""job queue

Procrastinate's own schema, as the installed version defines it.
"""

from alembic import op
from procrastinate.schema import SchemaManager

from migrations.security import APP_ROLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REMOVE = """
do $$ declare thing record; begin
    for thing in select c.oid::regclass::text as name from pg_class c
        where c.relname like 'procrastinate\\_%' and c.relkind = 'r' loop
        execute 'drop table ' || thing.name || ' cascade';
    end loop;
    for thing in select p.oid::regprocedure::text as name from pg_proc p
        where p.proname like 'procrastinate\\_%' loop
        execute 'drop function ' || thing.name || ' cascade';
    end loop;
    for thing in select t.oid::regtype::text as name from pg_type t
        where t.typname like 'procrastinate\\_%' and t.typtype in ('e', 'c') loop
        execute 'drop type ' || thing.name || ' cascade';
    end loop;
end $$
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    for table in ("jobs", "workers", "periodic_defers", "events"):
        op.execute(f"grant all on procrastinate_{table} to {APP_ROLE}")
        op.execute(f"grant all on sequence procrastinate_{table}_id_seq to {APP_ROLE}")


def downgrade() -> None:
    op.get_bind().exec_driver_sql(REMOVE.replace("%", "%%"))
