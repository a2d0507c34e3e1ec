"""the board of a sweep hears at once what is new: of the journal, of stops, and of photos of their checks"""

from alembic import op

revision = "0054"
down_revision = "0055"
branch_labels = None
depends_on = None

# A notification is heard when its transaction has committed. It names the sweep and no more.
ENTRIES = """
create function tell_sweep_entry() returns trigger language plpgsql as $$ begin
    perform pg_notify('sweep_entries', concat_ws(':', new.county, new.sweep_id, new.number));
    return null;
end $$
"""
STOPS = """
create function tell_sweep_stop() returns trigger language plpgsql as $$ begin
    perform pg_notify('sweep_entries', concat_ws(':', new.county, new.sweep_id, 0));
    return null;
end $$
"""
PHOTOS = """
create function tell_sweep_photo() returns trigger language plpgsql as $$ begin
    perform pg_notify('sweep_entries', concat_ws(':', county, sweep_id, 0))
    from sweep_stops where county = new.county and check_id = new.check_id;
    return null;
end $$
"""


def upgrade() -> None:
    op.create_index("ix_sweep_entries_county_stop_id", "sweep_entries", ["county", "stop_id"])
    for function in (ENTRIES, STOPS, PHOTOS):
        op.execute(function)
    op.execute(
        "create trigger tell after insert on sweep_entries for each row execute function tell_sweep_entry()"
    )
    op.execute("create trigger tell after update on sweep_stops for each row execute function tell_sweep_stop()")
    op.execute(
        "create trigger tell_sweep after update of state on photos for each row"
        " when (new.state = 'received' and old.state <> 'received') execute function tell_sweep_photo()"
    )


def downgrade() -> None:
    op.execute("drop trigger tell_sweep on photos")
    op.execute("drop trigger tell on sweep_stops")
    op.execute("drop trigger tell on sweep_entries")
    op.execute("drop function tell_sweep_photo(), tell_sweep_stop(), tell_sweep_entry()")
    op.drop_index("ix_sweep_entries_county_stop_id", "sweep_entries")
