"""steps that were taken together are written into the ledger together: the clock takes thousands in one statement"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("drop trigger ledger_written on steps")
    op.execute("drop function ledger_of_step()")
    op.execute(
        """
        create function ledger_of_steps() returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$
        begin
            perform write_ledger(county, array_agg(distinct finding_id))
                from changed where state <> 'proposed' group by county;
            return null;
        end $$
        """
    )
    for name, deed in (("ledger_written", "insert"), ("ledger_rewritten", "update")):
        op.execute(
            f"create trigger {name} after {deed} on steps referencing new table as changed"
            " for each statement execute function ledger_of_steps()"
        )


def downgrade() -> None:
    op.execute("drop trigger ledger_rewritten on steps")
    op.execute("drop trigger ledger_written on steps")
    op.execute("drop function ledger_of_steps()")
    op.execute(
        """
        create function ledger_of_step() returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$
        begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$
        """
    )
    op.execute(
        "create trigger ledger_written after insert or update on steps for each row"
        " when (new.state <> 'proposed') execute function ledger_of_step()"
    )
