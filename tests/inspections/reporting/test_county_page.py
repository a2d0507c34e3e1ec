from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.intake.tips import TipState
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.public_listings import PublicListing
from inspections.registry.sites import PublicList, SiteState
from inspections.reporting.county_page import (
    FEWEST,
    PAGE,
    count_lists,
    count_townships,
    count_up,
    list_sites,
    told,
)
from tests.factories import COUNTY, NOW, make_person, make_site, make_tip


def township(session: Session, name: str) -> Area:
    area = Area(county=COUNTY, name=name, level=AreaLevel.TOWNSHIP, code=uuid4().hex[:9])
    session.add(area)
    session.flush()
    return area


def test_the_counts_are_of_this_year_by_what_became_of_them(session) -> None:
    states = [TipState.NEW, TipState.ASSIGNED, TipState.CONFIRMED, TipState.UNFOUNDED, TipState.TRANSFERRED]
    for state in states:
        make_tip(session, state=state)
    make_tip(session, state=TipState.CONFIRMED, received_at=NOW - timedelta(days=400))
    master = make_tip(session, state=TipState.CONFIRMED)
    make_tip(session, state=TipState.DUPLICATE, master_id=master.id)
    make_tip(session, state=TipState.DUPLICATE)
    make_site(session, state=SiteState.CLOSED)
    counts = count_up(session, COUNTY, NOW)
    assert counts == (2026, 8, 5, 3, 1)


def test_a_township_with_few_reports_is_not_told_and_can_not_be_worked_out(session) -> None:
    few, some, many = (township(session, name) for name in ("陈营镇", "梓埠镇", "石镇镇"))
    for area, count in ((few, 2), (some, FEWEST), (many, 9)):
        for _ in range(count):
            make_tip(session, township_id=area.id, state=TipState.CONFIRMED)
    shown = {each.name: (each.received, each.settled) for each in count_townships(session, COUNTY, NOW)}
    assert shown == {"陈营镇": (None, None), "梓埠镇": (None, None), "石镇镇": (9, 9)}


def test_what_is_left_over_in_a_township_is_as_telling_as_what_was_done(session) -> None:
    one, other = township(session, "陈营镇"), township(session, "石镇镇")
    for area, done, waiting in ((one, 8, 1), (other, 6, 6)):
        for state, count in ((TipState.CONFIRMED, done), (TipState.NEW, waiting)):
            for _ in range(count):
                make_tip(session, township_id=area.id, state=state)
    make_tip(session)
    shown = {each.name: (each.received, each.settled) for each in count_townships(session, COUNTY, NOW)}
    assert shown == {"陈营镇": (9, None), "石镇镇": (12, 6)}


@given(st.lists(st.integers(0, 12), max_size=8))
def test_no_small_number_is_told_and_none_stands_alone(numbers: list[int]) -> None:
    shown = told({uuid4(): n for n in numbers})
    assert all(n is None or n >= FEWEST for n in shown.values())
    assert list(shown.values()).count(None) != 1 or len(numbers) == 1


def test_the_lists_are_searched_by_words_and_township(session) -> None:
    person, area = make_person(session), township(session, "陈营镇")
    for name, township_id, days in (("晨光艺术", area.id, 1), ("晨光书法", None, 9), ("蓝天体育", area.id, 5)):
        site = make_site(
            session, name=name, address="北大道", public_list=PublicList.WHITE, township_id=township_id
        )
        session.add(
            PublicListing(
                county=COUNTY, site_id=site.id, list=PublicList.WHITE, listed_at=NOW - timedelta(days=days),
                listed_by_id=person.id, reason="证照齐全",
            )
        )  # fmt: skip
    make_site(session, name="晨光黑班", public_list=PublicList.BLACK)
    make_site(session, name="晨光没有列入")
    session.flush()

    def names(*args: object) -> list[str]:
        return [row.name for row in list_sites(session, COUNTY, PublicList.WHITE, *args).rows]  # type: ignore[arg-type]

    assert count_lists(session, COUNTY) == {PublicList.WHITE: 3, PublicList.BLACK: 1}
    assert names() == ["晨光艺术", "蓝天体育", "晨光书法"]
    assert names("晨光") == ["晨光艺术", "晨光书法"]
    assert names("晨光 北大道", area.id) == ["晨光艺术"]
    assert names("100%_'--") == []


@pytest.mark.parametrize(("number", "rows"), [(1, PAGE), (2, 3), (3, 0)])
def test_a_long_list_has_pages(session, number, rows) -> None:
    for n in range(PAGE + 3):
        make_site(session, name=f"机构 {n:02}", public_list=PublicList.WHITE)
    page = list_sites(session, COUNTY, PublicList.WHITE, number=number)
    assert (len(page.rows), page.total, page.has_next) == (rows, PAGE + 3, number == 1)
