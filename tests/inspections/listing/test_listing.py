from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.listing import Question, every_row, read
from inspections.listing.checks import CHECKS
from inspections.listing.findings import FINDINGS
from inspections.listing.sites import SITES
from inspections.listing.tasks import TASKS
from inspections.listing.tips import TIPS
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Person, Role
from inspections.registry.sites import SiteKind, SiteState
from tests.casefile import FINISHED, make_area, make_check, make_finding, make_licence, make_task, make_tip
from tests.factories import PLACE, make_person, make_site

EVERY = (SITES, TIPS, FINDINGS, CHECKS, TASKS)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def names(session: Session, person: Person, **given: list[str]) -> list[str]:
    return [row.name for row in read(session, person, SITES, Question.of(SITES, given)).rows]


def test_the_signs_of_like_are_letters_in_a_search(session: Session, dispatcher: Person) -> None:
    for name in ("100% 提分", "100 分", "a_b", "axb", "a/b"):
        make_site(session, name=name)
    assert names(session, dispatcher, q=["100%"]) == ["100% 提分"]
    assert names(session, dispatcher, q=["a_b"]) == ["a_b"]
    assert names(session, dispatcher, q=["a/b"]) == ["a/b"]


def test_every_word_of_a_search_must_occur_somewhere(session: Session, dispatcher: Person) -> None:
    site = make_site(session, name="启航托管班", address="青云路 18 号")
    make_licence(session, site, credit_code="91361129MA35L0X007")
    assert names(session, dispatcher, q=["启航 青云"]) == ["启航托管班"]
    assert names(session, dispatcher, q=["ma35l0"]) == ["启航托管班"]
    assert names(session, dispatcher, q=["启航 白云"]) == []


def test_filters_narrow_and_their_counts_say_what_each_would_leave(session: Session, dispatcher: Person) -> None:
    make_site(session, name="甲", kind=SiteKind.SCHOOL, category="primary", state=SiteState.LICENSED)
    make_site(session, name="乙", state=SiteState.REPORTED)
    make_site(session, name="丙", state=SiteState.CLOSED)
    page = read(session, dispatcher, SITES, Question.of(SITES, {"kind": ["suspected"], "state": ["closed"]}))
    assert [row.name for row in page.rows] == ["丙"]
    counts = {facet.value: facet.n for facet in page.facets["state"]}
    assert (counts["reported"], counts["closed"], counts["licensed"]) == (1, 1, 0)
    assert {facet.value: facet.n for facet in page.facets["kind"]} == {
        "school": 0,
        "institution": 0,
        "suspected": 1,
    }


def test_pages_meet_without_gap_or_repetition_even_when_all_sort_alike(
    session: Session, dispatcher: Person
) -> None:
    for _ in range(23):
        make_site(session, name="同名")
    seen: list[object] = []
    for number in range(1, 6):
        question = Question.of(SITES, {"page": [str(number)], "size": ["5"], "sort": ["state"]})
        page = read(session, dispatcher, SITES, question)
        seen += [row.id for row in page.rows]
    assert page.total == 23
    assert (page.first, page.last, page.has_next) == (21, 23, False)
    assert len(set(seen)) == len(seen) == 23


def test_a_page_beyond_the_last_is_the_last(session: Session, dispatcher: Person) -> None:
    make_site(session)
    page = read(session, dispatcher, SITES, Question.of(SITES, {"page": ["999999999"]}))
    assert (page.question.page, len(page.rows)) == (1, 1)


def test_rows_sort_both_ways_and_what_is_missing_comes_last(session: Session, dispatcher: Person) -> None:
    visited, other = make_site(session, name="甲"), make_site(session, name="乙")
    make_site(session, name="丙")
    make_check(session, visited, dispatcher)
    make_check(session, other, dispatcher, device_finished_at=FINISHED - timedelta(days=9))
    assert names(session, dispatcher, sort=["last_check"]) == ["乙", "甲", "丙"]
    assert names(session, dispatcher, sort=["-last_check"]) == ["甲", "乙", "丙"]
    assert names(session, dispatcher, attention=["never"]) == ["丙"]


def test_a_box_holds_what_lies_in_it_and_nothing_beside(session: Session, dispatcher: Person) -> None:
    make_site(session, name="内")
    make_site(session, (PLACE[0] + 0.02, PLACE[1]), name="外")
    make_site(session, None, name="无处")
    box = f"{PLACE[0] - 0.01},{PLACE[1] - 0.01},{PLACE[0] + 0.01},{PLACE[1] + 0.01}"
    assert names(session, dispatcher, box=[box]) == ["内"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["q", "kind", "state", "township", "box", "sort", "page", "size", "urgency", "since", "x"]
        ),
        st.lists(st.text(max_size=12), max_size=3),
        max_size=6,
    )
)
def test_no_address_can_break_a_list(session: Session, dispatcher: Person, asked: dict[str, list[str]]) -> None:
    for listing in EVERY:
        page = read(session, dispatcher, listing, Question.of(listing, asked))
        assert page.total == 0


def test_every_list_can_be_sorted_by_each_of_its_columns(session: Session, dispatcher: Person) -> None:
    site = make_site(session)
    check = make_check(session, site, dispatcher)
    make_finding(session, site, check)
    make_tip(session, site)
    make_task(session, site, dispatcher)
    for listing in EVERY:
        for column in listing.columns:
            question = Question.of(listing, {"sort": [f"-{column.key}"]})
            assert read(session, dispatcher, listing, question).total == 1
            assert len(list(every_row(session, dispatcher, listing, question))) == 1


def test_overdue_is_what_is_late_and_still_open(session: Session, dispatcher: Person) -> None:
    site = make_site(session)
    late = FINISHED.date() - timedelta(days=400)
    make_finding(session, site, text="晚了", due_on=late, state=FindingState.RECTIFYING)
    make_finding(session, site, text="已销", due_on=late, state=FindingState.STRUCK_OFF)
    page = read(session, dispatcher, FINDINGS, Question.of(FINDINGS, {"urgency": ["overdue"]}))
    assert [row.text for row in page.rows] == ["晚了"]


def test_a_township_sees_its_own_rows_only(session: Session) -> None:
    own = make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.1, 28.7))
    admin = make_person(session, Role.TOWNSHIP_ADMIN, township_id=own.id)
    officer = make_person(session, Role.INSPECTOR)
    mine, other = make_site(session, township_id=own.id), make_site(session, name="别镇")
    for site in (mine, other):
        make_finding(session, site, make_check(session, site, officer))
        make_tip(session, site, township_id=site.township_id)
    for listing in (SITES, FINDINGS, CHECKS, TIPS):
        assert read(session, admin, listing, Question.of(listing, {})).total == 1, listing.name
