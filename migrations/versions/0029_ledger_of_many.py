"""the ledger follows whole statements: what was written together goes into it together, by a plan that is kept"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_plan()
    for name, table in ROWWISE:
        op.execute(f"drop trigger {name} on {table}")
    for name in ("finding", "item", "closure", "owner"):
        op.execute(f"drop function ledger_of_{name}()")
    op.execute(FUNCTIONS)
    for table, triggers in STATEMENTWISE.items():
        for name, deed, rows, function in triggers:
            op.execute(
                f"create trigger {name} after {deed} on {table} referencing {rows}"
                f" for each statement execute function {function}()"
            )


def downgrade() -> None:
    for table, triggers in STATEMENTWISE.items():
        for name, *_ in triggers:
            op.execute(f"drop trigger {name} on {table}")
    for name in ("findings", "new_findings", "those"):
        op.execute(f"drop function ledger_of_{name}()")
    op.execute(ROWWISE_SQL)
    plan_anew()


# In SQL the function is planned at each call, which takes longer than one row; in PL/pgSQL a session plans it once.
# Its two statements stay as migration 0021 has them.
def keep_plan() -> None:
    _rewrite("plpgsql", "'begin' || prosrc || 'end'")


def plan_anew() -> None:
    _rewrite("sql", "substr(prosrc, 6, length(prosrc) - 8)")


def _rewrite(language: str, body: str) -> None:
    op.execute(
        f"""
        do $do$ begin
            execute (select format(
                'create or replace function write_ledger(c char(6), ids uuid[]) returns void language {language}'
                ' security definer set search_path = public, pg_temp as %L', {body})
                from pg_proc where proname = 'write_ledger' and pronamespace = 'public'::regnamespace);
        end $do$
        """
    )


ROWWISE = (
    ("ledger_added", "findings"),
    ("ledger_changed", "findings"),
    ("ledger_written", "order_items"),
    ("ledger_gone", "order_items"),
    ("ledger_written", "closures"),
    ("ledger_written", "owners"),
)

NEW, OLD = "new table as changed", "old table as changed"
STATEMENTWISE = {
    "findings": (
        ("ledger_added", "insert", NEW, "ledger_of_new_findings"),
        ("ledger_changed", "update", "old table as before new table as changed", "ledger_of_findings"),
    ),
    "order_items": (
        ("ledger_written", "insert", NEW, "ledger_of_those"),
        ("ledger_rewritten", "update", NEW, "ledger_of_those"),
        ("ledger_gone", "delete", OLD, "ledger_of_those"),
    ),
    "closures": (
        ("ledger_written", "insert", NEW, "ledger_of_those"),
        ("ledger_rewritten", "update", NEW, "ledger_of_those"),
    ),
    "owners": (
        ("ledger_written", "insert", NEW, "ledger_of_those"),
        ("ledger_rewritten", "update", NEW, "ledger_of_those"),
    ),
}

# A finding that is proposed, or was rejected while it was, concerns nobody yet
FUNCTIONS = """
create function ledger_of_new_findings() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(county, array_agg(id)) from changed
        where state not in ('proposed', 'rejected') group by county;
    return null;
end $$;

create function ledger_of_findings() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(county, array_agg(id)) from (
        select county, id from changed where state not in ('proposed', 'rejected')
        union select county, id from before where state not in ('proposed', 'rejected')) as concerned
        group by county;
    return null;
end $$;

create function ledger_of_those() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(county, array_agg(distinct finding_id)) from changed group by county;
    return null;
end $$
"""

ROWWISE_SQL = """
create function ledger_of_finding() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.id]); return null; end $$;
create trigger ledger_added after insert on findings for each row
    when (new.state not in ('proposed', 'rejected')) execute function ledger_of_finding();
create trigger ledger_changed after update on findings for each row
    when (old.state not in ('proposed', 'rejected') or new.state not in ('proposed', 'rejected'))
    execute function ledger_of_finding();

create function ledger_of_item() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    if tg_op = 'DELETE' then perform write_ledger(old.county, array[old.finding_id]);
    else perform write_ledger(new.county, array[new.finding_id]); end if;
    return null;
end $$;
create trigger ledger_written after insert or update on order_items
    for each row execute function ledger_of_item();
create trigger ledger_gone after delete on order_items for each row execute function ledger_of_item();

create function ledger_of_closure() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$;
create trigger ledger_written after insert or update on closures
    for each row execute function ledger_of_closure();

create function ledger_of_owner() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$;
create trigger ledger_written after insert or update on owners for each row execute function ledger_of_owner()
"""
