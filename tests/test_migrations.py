"""The schema comes from migrations alone, in both directions."""

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url, text

from inspections.db import connect
from tests.conftest import ROOT


def test_migrations_go_down_one_and_up_again_and_match_the_tables(database_url: str) -> None:
    name = "mingcha_migrations"
    server = connect(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name} template template0 encoding 'UTF8'"))
    engine = connect(make_url(database_url).set(database=name).render_as_string(hide_password=False))
    try:
        for step in ("up", "check", "down", "up", "check", "base"):
            with engine.connect() as connection:
                run(step, connection)
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        server.dispose()


def run(step: str, connection: object) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["connection"] = connection
    match step:
        case "up":
            command.upgrade(config, "head")
        case "down":
            command.downgrade(config, "-1")
        case "base":
            command.downgrade(config, "base")
        case "check":
            command.check(config)
