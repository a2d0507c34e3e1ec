"""The schema comes from migrations alone, in both directions."""

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from inspections.db import connect
from tests.conftest import ROOT, created_database


def test_migrations_go_down_one_and_up_again_and_match_the_tables(database_url: str) -> None:
    with created_database(make_url(database_url)) as url:
        engine = connect(url.render_as_string(hide_password=False))
        for step in ("up", "check", "down", "up", "check", "base"):
            with engine.connect() as connection:
                run(step, connection)
        engine.dispose()


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
