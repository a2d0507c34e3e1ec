"""Two people at the same list in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.db import scope
from inspections.errors import InspectionError
from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list, mark_of, revise, save_draft
from inspections.field.checklist_publishing import publish
from inspections.field.checklists import Checklist, ListState
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, NOW, make_person

FIRE = Content("消防清单", (ItemContent("f-1", "通道", "疏散通道畅通"),))
TODAY = china_day(NOW)


def test_two_who_revise_at_once_get_one_draft_and_two_who_publish_publish_once(app_engine: Engine) -> None:
    with _session(app_engine) as session:
        person = make_person(session, Role.DISPATCHER, Role.DIRECTOR)
        draft = begin_list(session, person, "at-once", FIRE, NOW)
        publish(session, person, draft.code, None, seen=mark_of(draft), today=TODAY, now=NOW)
        code, person_id = draft.code, person.id
        session.commit()

    def as_person(deed: Callable[[Session, Person], Checklist]) -> list[object]:
        return _at_once(app_engine, person_id, deed)

    drafts = as_person(lambda session, person: revise(session, person, code, NOW))
    assert drafts == [2, 2]
    with _session(app_engine) as session:
        person = session.get_one(Person, (COUNTY, person_id))
        newer = FIRE.with_items([ItemContent("f-1", "通道", "通道和楼梯畅通")])
        seen = mark_of(save_draft(session, person, code, newer, seen=None, now=NOW))
        session.commit()
    published = as_person(
        lambda session, person: publish(session, person, code, None, seen=seen, today=TODAY, now=NOW)
    )
    assert sorted(map(str, published)) == ["2", "refused"]
    with _session(app_engine) as session:
        open_ended = select(func.count()).where(
            Checklist.code == code, Checklist.state == ListState.PUBLISHED, Checklist.valid_to.is_(None)
        )
        assert session.scalar(open_ended) == 1


def test_two_who_take_one_code_at_once_are_told_apart(app_engine: Engine) -> None:
    with _session(app_engine) as session:
        person_id = make_person(session, Role.DISPATCHER).id
        session.commit()
    made = _at_once(
        app_engine, person_id, lambda session, person: begin_list(session, person, "one-code", FIRE, NOW)
    )
    assert sorted(map(str, made)) == ["1", "refused"]


def _at_once(engine: Engine, person_id: object, deed: Callable[[Session, Person], Checklist]) -> list[object]:
    """The version that each of two got, or "refused"."""
    start = Barrier(2)

    def do(_: int) -> object:
        with _session(engine) as session:
            person = session.get_one(Person, (COUNTY, person_id))
            start.wait()
            try:
                version = deed(session, person).version
                session.commit()
            except (InspectionError, IntegrityError):
                return "refused"
            return version

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(do, range(2)))


def _session(engine: Engine) -> Session:
    session = Session(engine)
    scope(session, COUNTY)
    return session
