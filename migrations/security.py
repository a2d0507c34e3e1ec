"""Row-level security: what the app's role may do, in the words of SQL.

The app connects as a role that owns nothing. Each county table shows it the rows of the county that the
transaction named, and no rows when it named none.
"""

from alembic import op

APP_ROLE = "mingcha_app"
# A subquery is asked once for a statement, not once for a row; the cast lets an index on `county` answer.
OWN_COUNTY = "county = (select nullif(current_setting('app.county', true), '')::char(6))"


def create_app_role() -> None:
    """The role may exist already: roles belong to the whole cluster."""
    op.execute(
        f"do $$ begin if not exists (select from pg_roles where rolname = '{APP_ROLE}') then "
        f"create role {APP_ROLE} login; end if; end $$"
    )
    op.execute(f"grant usage on schema public to {APP_ROLE}")


def secure(table: str, grants: str = "select, insert, update, delete", visible: str = OWN_COUNTY) -> None:
    """Let the app work on a county's rows, and on no others."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy own_county on {table} using ({visible}) with check ({OWN_COUNTY})")
    op.execute(f"grant {grants} on {table} to {APP_ROLE}")


def share(table: str, grants: str = "select") -> None:
    """Let the app read reference data, which belongs to no county."""
    op.execute(f"grant {grants} on {table} to {APP_ROLE}")
