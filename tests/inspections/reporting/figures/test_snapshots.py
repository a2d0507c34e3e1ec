"""A frozen table: the same figures from the stored records, whatever happens afterwards."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.errors import Forbidden
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.reporting.figures import count, of_days
from inspections.reporting.figures.annex5 import FIGURES
from inspections.reporting.figures.filling import enter, frequent_problems, words_of
from inspections.reporting.figures.freezing import freeze, list_snapshots
from inspections.reporting.figures.snapshots import FigureSnapshot, compare
from tests.closing import close
from tests.factories import COUNTY, make_check, make_finding, make_person, make_site

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
SPRING = datetime(2026, 3, 20, 4, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
HOSTILE = "</w:t>{{7*7}}=cmd|' /C calc'!A0\U00030edd"


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李调度", phone="0793-1234567")


@pytest.fixture
def school(session: Session) -> Site:
    return make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.NINE_YEAR, name="城北学校")


def test_a_snapshot_gives_the_same_figures_after_everything_has_changed(
    session: Session, dispatcher: Person, school: Site
) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    check = make_check(session, inspector, school, device_finished_at=SPRING)
    finding = make_finding(session, school, confirmed_at=SPRING)
    selection = of_days(COUNTY, *YEAR, NOW)
    snapshot = freeze(session, dispatcher, selection, NOW)
    assert (snapshot.cells["problems.junior"], snapshot.cells["in_progress.junior"]) == (1, 1)

    later = NOW + timedelta(days=3)
    close(session, finding, check, inspector, later)
    make_finding(session, school, confirmed_at=SPRING, state=FindingState.CONFIRMED)
    school.category = SiteCategory.KINDERGARTEN
    session.flush()
    session.expire_all()

    assert count(session, selection, FIGURES) != snapshot.cells
    kept = session.get_one(FigureSnapshot, (COUNTY, snapshot.id))
    assert kept.recount() == kept.cells == snapshot.cells
    assert kept.is_whole()
    assert kept.broken() == []
    assert [each.id for each in kept.records("schools.junior")] == [school.id]


def test_what_was_found_and_mended_later_does_not_change_an_older_table(
    session: Session, dispatcher: Person, school: Site
) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    check = make_check(session, inspector, school, device_finished_at=SPRING)
    finding = make_finding(session, school, confirmed_at=SPRING)
    spring = of_days(COUNTY, date(2026, 1, 1), date(2026, 3, 31), NOW)
    before = count(session, spring, FIGURES)
    close(session, finding, check, inspector, NOW, reopened_at=None)
    make_check(session, inspector, school, device_finished_at=SPRING, received_at=NOW)
    assert count(session, spring, FIGURES) == before
    assert before["done.all"] == 0
    seen_now = of_days(COUNTY, date(2026, 1, 1), date(2026, 3, 31), NOW, as_of=NOW.date())
    assert count(session, seen_now, FIGURES)["done.all"] == 1


def test_two_snapshots_say_what_came_and_what_went(session: Session, dispatcher: Person, school: Site) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    check = make_check(session, inspector, school, device_finished_at=SPRING)
    finding = make_finding(session, school, confirmed_at=SPRING)
    first = freeze(session, dispatcher, of_days(COUNTY, *YEAR, NOW), NOW)
    close(session, finding, check, inspector, NOW + timedelta(hours=1))
    later = NOW + timedelta(days=1)
    second = freeze(session, dispatcher, of_days(COUNTY, *YEAR, later), later)
    changes = {each.key: each for each in compare(first, second)}
    assert changes["in_progress.all"][1:] == (1, 0, 0, 1)
    assert changes["done.all"][1:] == (0, 1, 1, 0)
    assert changes["problems.all"][1:] == (1, 1, 0, 0)
    assert [each.snapshot.id for each in list_snapshots(session, dispatcher)] == [second.id, first.id]


@pytest.mark.parametrize("statement", ["update figure_snapshots set sha256 = ''", "delete from figure_snapshots"])
def test_the_app_can_neither_change_nor_remove_a_snapshot(
    session: Session, dispatcher: Person, statement: str
) -> None:
    freeze(session, dispatcher, of_days(COUNTY, *YEAR, NOW), NOW)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text(statement))


def test_a_changed_number_or_record_is_noticed(session: Session, dispatcher: Person, school: Site) -> None:
    make_finding(session, school, confirmed_at=SPRING)
    snapshot = freeze(session, dispatcher, of_days(COUNTY, *YEAR, NOW), NOW)
    session.expunge(snapshot)
    content = snapshot.content
    snapshot.content = content | {"cells": snapshot.cells | {"done.all": 1}}
    assert not snapshot.is_whole()
    assert snapshot.broken()
    snapshot.content = content | {"records": content["records"] | {"problems.all": []}}
    assert not snapshot.is_whole()
    snapshot.content = content
    assert snapshot.is_whole()


def test_an_auditor_reads_and_freezes_nothing(session: Session, school: Site) -> None:
    auditor = make_person(session, Role.AUDITOR)
    with pytest.raises(Forbidden):
        freeze(session, auditor, of_days(COUNTY, *YEAR, NOW), NOW)


def test_words_are_kept_as_they_were_typed_and_frozen_with_the_table(session: Session, dispatcher: Person) -> None:
    selection = of_days(COUNTY, *YEAR, NOW)
    assert words_of(session, dispatcher, selection)[:3] == ("万年县教育体育局", "李调度", "0793-1234567")
    form = {"unit": "万年县督导室", "filled_by": "何静", "telephone": "1", "main-1": HOSTILE, "main-3": "作业超时"}
    enter(session, dispatcher, selection, form, NOW)
    snapshot = freeze(session, dispatcher, selection, NOW)
    enter(session, dispatcher, selection, form | {"main-1": "改了"}, NOW)
    session.expire_all()
    assert snapshot.words.main_problems == (HOSTILE, "", "作业超时")
    assert snapshot.is_whole()
    assert words_of(session, dispatcher, selection).main_problems[0] == "改了"


def test_the_most_frequent_problems_are_offered_first(session: Session, dispatcher: Person, school: Site) -> None:
    for item, words, times in (("zd-06", "作业超时", 3), ("zd-05", "未公示作业", 1), (None, "其他", 2)):
        for _ in range(times):
            make_finding(session, school, confirmed_at=SPRING, item_code=item, text=words)
    make_finding(session, make_site(session), confirmed_at=SPRING, text="机构的问题")
    offered = frequent_problems(session, of_days(COUNTY, *YEAR, NOW))
    assert [(each.text, each.n) for each in offered] == [("作业超时", 3), ("其他", 2), ("未公示作业", 1)]
