from sqlalchemy import Engine

from inspections.db import Model
from inspections.schema_page import draw
from tests.conftest import ROOT


def test_the_page_shows_the_database_as_the_migrations_make_it(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        drawn = draw(connection)
    page = (ROOT / "docs" / "database.md").read_text("utf-8")
    assert page == drawn, "draw it anew: flask --app wsgi mingcha draw-database"


def test_every_table_has_its_place_and_a_sentence(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        drawn = draw(connection)
    for mapper in Model.registry.mappers:
        name = mapper.class_.__tablename__
        assert drawn.count(f"\n### {name}\n") == 1
        assert mapper.class_.__doc__, f"{name} says nothing about itself"
