"""Runs migrations as the owner of the schema, one database at a time."""

import os

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, text

import inspections.tables  # noqa: F401 - fills the metadata
from inspections.db import Model, connect

MIGRATION_LOCK = 20_260_601  # any number, the same for every process of this product


def include_object(thing, name, kind, reflected, compare_to):  # type: ignore[no-untyped-def]
    """Leave PostGIS's own tables and the job queue's to those who made them."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    if table.startswith("procrastinate_"):
        return False
    return alembic_helpers.include_object(thing, name, kind, reflected, compare_to)


def migrate(connection: Connection) -> None:
    """Apply under an advisory lock, so that two starts at once migrate once."""
    connection.execute(text("set lock_timeout = '20s'"))
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with connect(os.environ["DATABASE_URL"]).connect() as own:
        migrate(own)
