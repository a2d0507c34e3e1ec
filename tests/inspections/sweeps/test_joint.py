from datetime import date
from itertools import groupby

import pytest
from sqlalchemy.orm import Session

from inspections.field.checklists import Checklist, ChecklistItem, ListState, find_checklist
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.sweeps.contents import contents
from inspections.sweeps.joint import departments_of, sheet_for
from tests.factories import COUNTY, make_person, make_site
from tests.sweeps import KEYS, planned_sweep

TODAY = date(2026, 11, 23)
TEAM = {DepartmentKind.EDUCATION, DepartmentKind.MARKET}


def asked(session: Session, site: Site) -> set[str]:
    sheet = sheet_for(session, COUNTY, site, TEAM, day=TODAY)
    assert sheet is not None
    return {code for part in sheet["departments"] for code in part["items"]}


def test_one_sheet_asks_the_items_of_every_department_and_says_who_is_there(session: Session) -> None:
    session.add(Department(county=COUNTY, name="县市场监督管理局", kind=DepartmentKind.MARKET))
    session.flush()
    sheet = sheet_for(session, COUNTY, make_site(session), TEAM, day=TODAY)
    assert sheet is not None
    assert (sheet["code"], sheet["version"]) == ("lhjc", 1)
    parts = {part["kind"]: part for part in sheet["departments"]}
    assert list(parts) == ["education", "market", "civil_affairs", "police", "fire", "urban", "culture"]
    assert parts["market"]["name"] == "县市场监督管理局"
    assert [kind for kind, part in parts.items() if part["on_team"]] == ["education", "market"]
    assert all(part["items"] for part in parts.values())


def test_a_site_is_asked_no_item_for_another_kind_of_site(session: Session) -> None:
    suspected = asked(session, make_site(session))
    institution = asked(session, make_site(session, kind=SiteKind.INSTITUTION, category=SiteCategory.SUBJECT))
    assert "cs-11" in suspected - institution
    assert "zd-16" in institution - suspected


def test_a_school_has_no_joint_sheet(session: Session) -> None:
    school = make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    assert sheet_for(session, COUNTY, school, TEAM, day=TODAY) is None


def test_before_its_first_day_the_sheet_is_not_asked(session: Session) -> None:
    assert sheet_for(session, COUNTY, make_site(session), TEAM, day=date(2025, 12, 31)) is None


def test_the_county_s_own_sheet_goes_before_the_national_one(session: Session) -> None:
    items = [
        ChecklistItem(county=COUNTY, code=f"w-{place}", position=place, section="本县", text="通道畅通",
                      department=kind)
        for place, kind in enumerate((DepartmentKind.FIRE, DepartmentKind.URBAN), 1)
    ]  # fmt: skip
    own = Checklist(
        county=COUNTY, code=f"{COUNTY}-lianhe", version=1, state=ListState.DRAFT, title="本县联合检查表",
        valid_from=date(2026, 9, 1), check_kinds=["sweep"], items=items,
    )  # fmt: skip
    session.add(own)
    session.flush()
    own.state = ListState.PUBLISHED
    session.flush()
    sheet = sheet_for(session, COUNTY, make_site(session), TEAM, day=TODAY)
    assert sheet is not None
    assert sheet["code"] == f"{COUNTY}-lianhe"
    assert [(part["kind"], part["items"]) for part in sheet["departments"]] == [
        ("fire", ["w-1"]),
        ("urban", ["w-2"]),
    ]


def test_each_item_of_the_national_sheet_has_a_department_a_source_and_a_proof(session: Session) -> None:
    sheet = find_checklist(session, "lhjc", 1)
    assert sheet is not None
    for item in sheet.items:
        assert item.department
        assert "《" in item.source or "附件" in item.source
        assert item.proof
        assert item.text_en.endswith(".")
        assert set(item.kinds) <= set(sheet.site_kinds)
    runs = [
        (section, kind) for (section, kind), _ in groupby((each.section, each.department) for each in sheet.items)
    ]
    assert len(runs) == len({section for section, _ in runs}) == len({kind for _, kind in runs})


@pytest.mark.parametrize("name", ["zd-25", "pxcs"])
def test_a_question_that_another_list_asks_keeps_its_code_and_its_words(session: Session, name: str) -> None:
    """Rules and statistics know an item by its code."""
    sheet, other = find_checklist(session, "lhjc", 1), find_checklist(session, name, 1)
    assert sheet is not None
    assert other is not None
    words = {item.code: item.text for item in other.items}
    shared = [item for item in sheet.items if item.code in words]
    assert shared
    assert all(item.text == words[item.code] for item in shared)


def test_the_departments_of_people_are_those_they_belong_to(session: Session) -> None:
    market = Department(county=COUNTY, name="县市场监督管理局", kind=DepartmentKind.MARKET)
    session.add(market)
    session.flush()
    people = [
        make_person(session, Role.ENFORCER, department_id=market.id),
        make_person(session, Role.ENFORCER, name="何静"),
    ]
    assert departments_of(session, COUNTY, [each.id for each in people]) == {DepartmentKind.MARKET}


def test_a_packet_says_of_each_stop_which_departments_the_team_has_with_it(session: Session) -> None:
    night = planned_sweep(session, teams=1, stops=1)
    [stop] = contents(session, KEYS, night.sweep, night.teams[0])["stops"]
    joint = stop["joint_sheet"]
    assert joint["code"] == "lhjc"
    assert [part["kind"] for part in joint["departments"] if part["on_team"]] == ["market", "police"]
    night.sites[0][0].kind = SiteKind.SCHOOL
    session.flush()
    [stop] = contents(session, KEYS, night.sweep, night.teams[0])["stops"]
    assert stop["joint_sheet"] is None
