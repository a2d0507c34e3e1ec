"""How much was looked where, and when."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from shapely.geometry import box
from sqlalchemy.orm import Session

from geo.cells import SquareGrid, squares
from inspections.canvass.visits import VisitOutcome
from inspections.casework.findings import FindingState
from inspections.days import CHINA
from inspections.field.checks import CheckKind, Fence
from inspections.registry.people import Person, Role
from inspections.registry.time_bands import TimeBand, band_at
from inspections.rules.calendar import Calendar, Period, Year
from inspections.rules.school_year import PeriodKind
from inspections.targeting.exposure import BANDS, Exposure, bands_of, read_exposure
from tests.factories import COUNTY, NOW, make_cell, make_check, make_finding, make_person, make_site, make_visit

DAY = timedelta(days=1)
HERE = (117.0705, 28.6905)
EVENING = BANDS.index(TimeBand.EVENING)


@pytest.fixture
def grid() -> SquareGrid:
    return squares(box(117.0, 28.6, 117.1, 28.7), 500)


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR)


def read(session: Session, grid: SquareGrid, known_at: datetime | None = None) -> Exposure:
    return read_exposure(session, COUNTY, grid, NOW - 30 * DAY, NOW + DAY, known_at)


def cell_at(grid: SquareGrid, place: tuple[float, float]) -> int:
    return int(grid.assign(np.array([place[0]]), np.array([place[1]]))[0])


def test_a_check_is_a_visit_of_its_sites_cell(session: Session, grid: SquareGrid, inspector: Person) -> None:
    make_check(session, inspector, make_site(session, HERE))
    found = read(session, grid)
    assert found.total[cell_at(grid, HERE)] == found.total.sum() == 1
    assert found.seen.sum() == 1
    assert found.found.sum() == 0


def test_a_walk_is_spread_over_the_cells_it_went_through(
    session: Session, grid: SquareGrid, inspector: Person
) -> None:
    cell = make_cell(session)
    for _ in range(3):
        make_visit(session, inspector, cell)
    found = read(session, grid)
    assert found.total.sum() == pytest.approx(3)
    assert found.seen.sum() > 1
    assert found.visits[:, EVENING].sum() == pytest.approx(3)


def test_only_the_part_of_a_walk_inside_the_county_counts(
    session: Session, grid: SquareGrid, inspector: Person
) -> None:
    make_visit(session, inspector, make_cell(session, shape=box(117.0995, 28.65, 117.1005, 28.66)))
    assert 0.3 < read(session, grid).total.sum() < 0.7


def test_what_a_walk_noticed_is_no_further_visit_but_may_be_a_hit(
    session: Session, grid: SquareGrid, inspector: Person
) -> None:
    site = make_site(session, HERE)
    leads = [make_check(session, inspector, site, kind=CheckKind.CANVASS) for _ in range(2)]
    outcome = {"outcome": VisitOutcome.LEADS, "lead_ids": [lead.id for lead in leads]}
    make_visit(session, inspector, make_cell(session), **outcome)
    make_finding(session, site, check_id=leads[0].id, found_at=NOW)
    found = read(session, grid)
    assert found.total.sum() == pytest.approx(1)
    assert found.found.tolist() == [float(i == cell_at(grid, HERE)) for i in range(len(grid))]


def test_many_findings_of_one_visit_are_one_hit(session: Session, grid: SquareGrid, inspector: Person) -> None:
    site = make_site(session, HERE)
    check = make_check(session, inspector, site)
    for state in FindingState:
        make_finding(session, site, check_id=check.id, state=state)
    assert read(session, grid).found.sum() == 1


def test_what_was_not_looked_at_is_no_visit(session: Session, grid: SquareGrid, inspector: Person) -> None:
    site, cell = make_site(session, HERE), make_cell(session)
    make_check(session, inspector, site, kind=CheckKind.SELF)
    make_check(session, inspector, site, fence=Fence.OUTSIDE)
    make_check(session, inspector, make_site(session, None))
    make_visit(session, inspector, cell, outcome=VisitOutcome.NO_ACCESS)
    make_visit(session, inspector, cell, fence=Fence.OUTSIDE)
    make_visit(session, inspector, cell, device_finished_at=NOW - 31 * DAY)
    assert read(session, grid).total.sum() == 0


def test_as_of_a_past_moment_only_what_had_arrived_counts(
    session: Session, grid: SquareGrid, inspector: Person
) -> None:
    site = make_site(session, HERE)
    finished = NOW - 20 * DAY
    check = make_check(session, inspector, site, device_finished_at=finished, received_at=NOW - 15 * DAY)
    make_finding(session, site, check_id=check.id, confirmed_at=NOW - 10 * DAY)
    visit = {"device_finished_at": finished, "received_at": NOW - 15 * DAY}
    make_visit(session, inspector, make_cell(session), **visit)
    seen = [read(session, grid, NOW - days * DAY) for days in (18, 12, 5)]
    assert [round(each.total.sum(), 6) for each in seen] == [0, 2, 2]
    assert [each.found.sum() for each in seen] == [0, 0, 1]


def test_the_band_of_each_moment_is_that_which_a_walk_would_have() -> None:
    calendar = Calendar(
        {2026: Year("国办", {"2026-10-01": "国庆节"}, {"2026-10-10": "国庆节"})},
        (Period(PeriodKind.SUMMER, datetime(2026, 7, 6).date(), datetime(2026, 8, 31).date()),),  # noqa: DTZ001
    )
    since = datetime(2026, 6, 1, tzinfo=UTC)
    moments = [since + timedelta(hours=n) for n in range(24 * 150)]
    at = np.array([each.replace(tzinfo=None) for each in moments], dtype="datetime64[us]")
    got = bands_of(calendar, at, since, moments[-1])
    assert [BANDS[i] for i in got] == [band_at(calendar, each.astimezone(CHINA)) for each in moments]
