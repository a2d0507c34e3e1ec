"""The list of suspected sites says their stage in words, and finds those that are due."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.listing import Question, read
from inspections.listing.suspects import SUSPECTS
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from inspections.registry.suspect_stages import SuspectStage
from inspections.registry.watching import watch
from tests.factories import make_person, make_site


def rows(session: Session, **asked: list[str]):
    return read(session, make_person(session, Role.DISPATCHER), SUSPECTS, Question.of(SUSPECTS, asked)).rows


def test_a_stage_is_a_word_of_the_ladder_and_can_be_asked_for(session: Session) -> None:
    make_site(session, name="听说的", place=None)
    make_site(session, name="查实的", state=SiteState.VERIFIED)
    make_site(session, name="学校", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    assert [(row.name, row.stage) for row in rows(session)] == [
        ("听说的", SuspectStage.RUMOUR),
        ("查实的", SuspectStage.CONFIRMED),
    ]
    assert [row.name for row in rows(session, stage=["rumour"])] == ["听说的"]


def test_closed_sites_whose_look_is_past_stand_under_that(session: Session) -> None:
    today = day_of(datetime.now(UTC))
    for name, days in (("昨天取缔", 1), ("早该回访", 12), ("快到了", 4)):
        site = make_site(session, name=name, state=SiteState.CLOSED)
        watch(site, today - timedelta(days=days))
    session.flush()
    (due,) = rows(session, attention=["look"])
    assert (due.name, due.is_overdue) == ("早该回访", True)
    assert {row.name for row in rows(session, attention=["soon"])} == {"快到了", "昨天取缔"}
