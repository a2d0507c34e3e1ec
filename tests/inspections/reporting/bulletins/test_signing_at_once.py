"""Two directors with their pens on one paper."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.errors import Conflict
from inspections.registry.people import Person
from inspections.reporting.bulletins.signing import seal_of, sign
from tests.bulletins import NOW, Quarter
from tests.factories import COUNTY


def test_two_directors_who_sign_at_once_take_one_number(app_engine: Engine) -> None:
    with Session(app_engine) as session:
        scope(session, COUNTY)
        quarter = Quarter(session)
        bulletin = quarter.draft()
        bulletin_id, seal = bulletin.id, seal_of(session, bulletin)
        directors = [quarter.director.id, quarter.director.id]
        session.commit()
    ready = Barrier(2)

    def put_name(person_id: UUID) -> str:
        with Session(app_engine) as session:
            scope(session, COUNTY)
            person = session.get_one(Person, (COUNTY, person_id))
            ready.wait()
            try:
                said = f"{sign(session, person, bulletin_id, seal, NOW).number_text}"
                session.commit()
            except Conflict as error:
                session.rollback()
                said = str(error)
            return said

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(put_name, directors), key=len)
    assert said == ["万教督通〔2026〕1号", "这份通报已经签发，文号 万教督通〔2026〕1号，没有重复编号"]
