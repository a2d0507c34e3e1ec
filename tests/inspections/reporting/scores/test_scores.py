"""The score of townships: components, weights, ranks, and too little data."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.errors import Forbidden, Invalid
from inspections.registry.people import Role
from inspections.reporting.figures import count
from inspections.reporting.figures.selection import of_days
from inspections.reporting.figures.work import OF_TOWNSHIPS, WORK, count_townships, records_of
from inspections.reporting.scores.scores import Score, rank, read_board, read_scores
from inspections.reporting.scores.weights import USUAL, Component, set_weights, weights_on
from tests.bulletins import NOW, Quarter
from tests.factories import COUNTY, make_person

FORM = {
    "service": "40", "training": "30", "complaints": "10", "rectification": "20", "least": "1",
    "basis": "县双减专班会议纪要", "valid_from": "2026-07-01",
}  # fmt: skip


@pytest.fixture
def quarter(session: Session) -> Quarter:
    return Quarter(session)


def third_quarter(**place: Any) -> Any:
    return of_days(COUNTY, date(2026, 7, 1), date(2026, 9, 30), NOW, **place)


def test_each_component_is_the_share_that_its_formula_says(quarter: Quarter) -> None:
    scores = {each.township: each for each in read_scores(quarter.session, third_quarter()).scores}
    points = {part.component.value: part.points for part in scores["城关镇"].parts}
    # 3 schools, one amiss; 2 centres, one with a problem left; 2 tips, 1 settled; 2 problems, 1 done
    assert points == {"service": 66.7, "training": 50.0, "complaints": 50.0, "rectification": 50.0}
    assert scores["城关镇"].total == round(66.7 * 0.3 + 50 * 0.7, 1)
    assert scores["城关镇"].rank == 1


def test_a_township_with_too_little_data_has_no_rank(quarter: Quarter) -> None:
    poor = next(each for each in read_scores(quarter.session, third_quarter()).scores if each.township == "石桥镇")
    assert (poor.total, poor.rank) == (None, None)
    assert [str(each) for each in poor.lacking] == [
        "检查了课后服务的学校 0，不足 2，数据不够",
        "检查的校外培训点位 0，不足 2，数据不够",
        "确认的问题 0，不足 1，数据不够",
    ]


def test_nobody_complaining_and_nothing_wrong_are_results(quarter: Quarter) -> None:
    site = [quarter.site(f"石桥小学{n}", 1) for n in "一二"]
    for each in site:
        quarter.check(each, quarter.checks[0].device_finished_at)
    poor = next(each for each in read_scores(quarter.session, third_quarter()).scores if each.township == "石桥镇")
    points = {part.component.value: (part.points, str(part.why)) for part in poor.parts}
    assert points["complaints"] == (100.0, "没有举报")
    assert points["rectification"] == (100.0, "检查 2 处，没有发现问题")


def test_the_numbers_of_townships_are_those_of_the_countys_queries(quarter: Quarter) -> None:
    together = count_townships(quarter.session, third_quarter())
    for town in quarter.towns:
        alone = count(quarter.session, third_quarter(township_id=town.id), OF_TOWNSHIPS)
        assert {key: n for key, n in alone.items() if n} == together.get(town.id, {})


def test_each_number_opens_its_records(quarter: Quarter) -> None:
    whole = count(quarter.session, third_quarter(), WORK)
    for key, n in whole.items():
        assert sum(each.n for each in records_of(quarter.session, third_quarter(), key)) == n
    assert {each.id for each in records_of(quarter.session, third_quarter(), "amiss_service.school")} == {
        quarter.schools[2].id
    }


def test_weights_are_dated_and_old_periods_keep_theirs(quarter: Quarter) -> None:
    row = set_weights(quarter.session, quarter.director, FORM, NOW)
    assert weights_on(quarter.session, COUNTY, date(2026, 9, 30)).shares["service"] == 40
    assert weights_on(quarter.session, COUNTY, date(2026, 6, 30)) == USUAL
    assert row.version == 1
    set_weights(quarter.session, quarter.director, FORM | {"service": "30", "training": "40"}, NOW)
    assert weights_on(quarter.session, COUNTY, date(2026, 9, 30)).version == 2


@pytest.mark.parametrize(("changes", "field", "message"), [
    ({"service": "41"}, "service", "四项权重之和应为 100，现在是 101"),
    ({"service": "-1"}, "service", "请填写 0 到 100 的整数"),
    ({"service": "４０"}, "service", "请填写 0 到 100 的整数"),
    ({"training": "=cmd"}, "training", "请填写 0 到 100 的整数"),
    ({"least": "0"}, "least", "请填写 1 到 1000 的整数"),
    ({"basis": " "}, "basis", "请写明依据"),
    ({"valid_from": "2026-02-30"}, "valid_from", "请填写日期"),
])  # fmt: skip
def test_weights_that_make_no_sense_are_refused(
    quarter: Quarter, changes: dict[str, str], field: str, message: str
) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        set_weights(quarter.session, quarter.director, FORM | changes, NOW)
    assert field in refused.value.fields


def test_only_the_director_sets_weights(quarter: Quarter) -> None:
    with pytest.raises(Forbidden):
        set_weights(quarter.session, quarter.dispatcher, FORM, NOW)


def test_the_head_of_a_township_sees_the_own_one(quarter: Quarter) -> None:
    head = make_person(quarter.session, Role.TOWNSHIP_ADMIN, township_id=quarter.towns[1].id)
    board = read_board(quarter.session, head, third_quarter())
    assert [each.township for each in board.table.scores] == ["石桥镇"]
    assert board.townships == 1  # ranked, among all
    assert len(board.past) == 3


@given(st.lists(st.one_of(st.none(), st.floats(0, 100).map(lambda n: round(n, 1)))))
def test_ranks_follow_the_sums_and_equal_sums_share_one(totals: list[float | None]) -> None:
    ranked = rank([Score(uuid4(), str(n), (), total) for n, total in enumerate(totals)])
    for one in ranked:
        better = sum(
            each.total is not None and one.total is not None and each.total > one.total for each in ranked
        )
        assert one.rank == (None if one.total is None else better + 1)
    assert [each.rank is None for each in ranked] == sorted(each.rank is None for each in ranked)
    assert sum(USUAL.shares[each] for each in Component) == 100
