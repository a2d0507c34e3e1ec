"""Every figure of a dashboard is the total of the list that it leads to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from sqlalchemy.orm import Session

from inspections.casework import approving
from inspections.casework.approvals import ApprovalKind
from inspections.casework.orders import OrderKind
from inspections.listing import Question, read
from inspections.listing.ledger import LEDGER
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Role
from inspections.registry.sites import SiteKind
from inspections.reporting.dashboard import LISTINGS, Tile, read_dashboard
from inspections.reporting.township_map import draw_townships
from tests.casefile import make_area, make_finding, make_task, make_tip
from tests.factories import make_person, make_site
from tests.ledger import FINDINGS, NOW, REAL_TODAY, put
from tests.orders import AT, TODAY, Case


def total(session: Session, person: Any, listing: str, asked: Mapping[str, str]) -> int:
    """As the list's page counts it."""
    question = Question.of(LISTINGS[listing], {key: [value] for key, value in asked.items()})
    return read(session, person, LISTINGS[listing], question).total


def tiles_of(dashboard: Any) -> list[Tile]:
    in_weeks = [tile for week in dashboard.weeks for tile in (week.found, week.closed)]
    return [tile for _, tiles in dashboard.sections for tile in tiles] + in_weeks


def furnish(session: Session, case: Case) -> list[Any]:
    """Townships with a site each, and something for every kind of tile."""
    sites = []
    for i, kind in enumerate((SiteKind.SCHOOL, SiteKind.INSTITUTION, SiteKind.SUSPECTED)):
        west = 116.9 + i / 10
        town = make_area(session, f"第{i}镇", AreaLevel.TOWNSHIP, (west, 28.5, west + 0.1, 28.9))
        sites.append(make_site(session, name=f"点位{kind}", kind=kind, township_id=town.id))
    case.findings = [case.find("第一个")]
    case.drafted()
    case.findings = [case.find("第二个")]
    case.issued()
    case.find("第三个", state="proposed")
    case.findings = [case.find("第四个")]
    case.served()
    asked = {"days": "5", "reason": "材料未到"}
    approving.ask(session, case.dispatcher, case.findings[0].id, ApprovalKind.EXTENSION, asked, AT, TODAY)
    make_task(session, sites[0], case.officers[0], due_on=REAL_TODAY - timedelta(days=2))
    make_tip(session)
    return sites


@pytest.mark.parametrize("role", ["dispatcher", "director"])
@settings(max_examples=5, phases=[Phase.generate])
@given(drawn=FINDINGS)
def test_each_tile_is_the_total_of_its_list(owner_engine: Any, role: str, drawn: Any) -> None:
    with Session(owner_engine) as session:
        case = Case(session, findings=0)
        put(session, case, furnish(session, case), drawn)
        person = getattr(case, role)
        dashboard = read_dashboard(session, person, REAL_TODAY)
        for tile in tiles_of(dashboard):
            assert total(session, person, tile.listing, tile.asked) == tile.n, tile
            if tile.before_asked is not None:
                assert total(session, person, tile.listing, tile.before_asked) == tile.before, tile
        for group in dashboard.townships:
            asked = {"show": "open", "township": group.value}
            assert total(session, person, "ledger", asked) == group.figures["all"]
        session.rollback()


def test_the_director_sees_what_waits_for_a_signature(session: Session) -> None:
    case = Case(session, findings=1)
    case.drafted(OrderKind.RECTIFICATION)
    dashboard = read_dashboard(session, case.director, REAL_TODAY)
    first = dashboard.sections[0][1]
    assert [(tile.key, tile.n) for tile in first] == [("drafts", 1), ("approvals", 0), ("steps", 0)]
    assert "tips" in {tile.key for tile in tiles_of(read_dashboard(session, case.dispatcher, REAL_TODAY))}


def test_a_township_grows_when_more_was_confirmed_than_in_as_many_days_before(session: Session) -> None:
    case = Case(session, findings=0)
    sites = furnish(session, case)
    for age in (1, 5, 40):
        make_finding(session, sites[0], state="confirmed", confirmed_at=NOW - timedelta(days=age))
    make_finding(session, sites[1], state="confirmed", confirmed_at=NOW - timedelta(days=35))
    dashboard = read_dashboard(session, case.dispatcher, REAL_TODAY)
    rising = {str(each.label): (each.now, each.before) for each in dashboard.growing}
    assert rising["第0镇"] == (2, 1)
    assert "第1镇" not in rising


def test_the_head_of_a_township_sees_its_own_figures_alone(session: Session) -> None:
    case = Case(session, findings=0)
    sites = furnish(session, case)
    make_finding(session, sites[0], state="confirmed")
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=sites[0].township_id)
    dashboard = read_dashboard(session, head, REAL_TODAY)
    assert [group.value for group in dashboard.townships] == [str(sites[0].township_id)]
    assert next(tile.n for tile in tiles_of(dashboard) if tile.key == "open") == 1


def test_the_drawing_of_a_county_has_north_above_and_each_township_once(session: Session) -> None:
    case = Case(session, findings=0)
    assert draw_townships(session, case.dispatcher) is None
    make_area(session, "北镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.1, 28.7))
    make_area(session, "南镇", AreaLevel.TOWNSHIP, (117.0, 28.5, 117.1, 28.6))
    drawing = draw_townships(session, case.dispatcher)
    assert drawing is not None
    at = {shape.name: shape.y for shape in drawing.shapes}
    assert at["北镇"] < at["南镇"]
    assert drawing.height > drawing.width  # two squares on top of each other, narrower than high
    assert LEDGER.name == "ledger"
