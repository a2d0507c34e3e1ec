"""What could be entered: by area, hotspot, list and name, with why and when; and what belongs together."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.days import CHINA
from inspections.errors import Invalid, NotFound
from inspections.field.checks import CheckKind, Standing
from inspections.registry.licences import Licence, LicenceKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.sweeps import editing
from inspections.sweeps.areas import polygon_of
from inspections.sweeps.candidates import (
    Candidate,
    InArea,
    Named,
    Near,
    OfHotspot,
    OfTargetList,
    Picked,
    candidates,
)
from inspections.sweeps.linking import Tie, links_of
from inspections.sweeps.overview import view_of
from inspections.sweeps.revisions import revisions
from inspections.sweeps.sources import read_source
from inspections.sweeps.steps import AddStops, DropStop, SetApproach
from inspections.sweeps.sweeps import Sweep
from inspections.sweeps.windows import Hours, fit_of, likely_of, profiles_of
from inspections.targeting.risk.rescoring import rescore
from inspections.targeting.target_lists.computing import entries_of, make_list
from inspections.targeting.target_lists.county_settings import USUAL
from inspections.targeting.target_lists.lists import EntryState
from inspections.targeting.target_lists.plan import usual
from tests import factories
from tests.factories import COUNTY, NOW, PLACE, make_check, make_person, make_tip

KEYS = (b"k" * 32,)


def make_site(session: Session, place: tuple[float, float] = PLACE, **values: Any) -> Site:
    """A site that was known a year ago."""
    return factories.make_site(session, place, created_at=NOW - timedelta(days=365), **values)


EVENING = {"name": "周五联合行动", "day": "2026-11-27", "starts": "18:30", "ends": "21:00"}
AROUND = tuple(
    (PLACE[0] + x, PLACE[1] + y) for x, y in ((-0.005, -0.005), (0.005, -0.005), (0.005, 0.005), (-0.005, 0.005))
)
INSTITUTION = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.SUBJECT, "state": SiteState.LICENSED}


@pytest.fixture
def planner(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李强")


@pytest.fixture
def sweep(session: Session, planner: Person) -> Sweep:
    return editing.new_sweep(session, planner, EVENING, NOW)


def found(session: Session, planner: Person, sweep: Sweep, source: object) -> list[Candidate]:
    return candidates(session, planner, KEYS, sweep, source, NOW)  # type: ignore[arg-type]


def test_an_area_offers_what_lies_in_it_and_can_be_entered(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    make_site(session, PLACE, name="在里面")
    make_site(session, (PLACE[0] + 0.02, PLACE[1]), name="在外面")
    make_site(session, PLACE, name="已取缔", state=SiteState.CLOSED)
    make_site(session, PLACE, name="学校", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    assert [each.name for each in found(session, planner, sweep, InArea(AROUND))] == ["在里面"]


def test_each_candidate_says_why_when_and_how_likely(session: Session, planner: Person, sweep: Sweep) -> None:
    quiet = make_site(session, (PLACE[0] + 0.1, PLACE[1]), name="安静的")
    loud = make_site(session, PLACE, name="有线索的")
    make_tip(session, PLACE, site_id=loud.id, happened_at=NOW - timedelta(days=2))
    first, second = found(session, planner, sweep, Picked((quiet.id, loud.id)))
    assert (first.site_id, second.site_id) == (loud.id, quiet.id)
    assert first.probability is not None
    assert first.reasons
    assert first.likely is not None
    assert sum(first.likely.strip) == pytest.approx(1)
    assert 0 <= first.likely.inside <= 1
    assert first.exemption is not None
    assert "线索" in str(first.exemption)


def test_kept_scores_say_the_same_as_fresh_ones(session: Session, planner: Person, sweep: Sweep) -> None:
    sites = [make_site(session, (PLACE[0] + 0.001 * n, PLACE[1]), name=f"点位{n}") for n in range(3)]
    make_tip(session, PLACE, site_id=sites[0].id)
    source = Picked(tuple(each.id for each in sites))
    fresh = found(session, planner, sweep, source)
    rescore(session, COUNTY, NOW)
    kept = found(session, planner, sweep, source)
    assert [each.site_id for each in kept] == [each.site_id for each in fresh]
    assert [each.probability for each in kept] == pytest.approx([each.probability for each in fresh])
    for one, other in zip(kept, fresh, strict=True):
        assert one.likely is not None
        assert other.likely is not None
        assert one.likely.inside == pytest.approx(other.likely.inside, abs=1e-5)


def test_a_press_on_the_map_finds_the_nearest_first(session: Session, planner: Person, sweep: Sweep) -> None:
    far = make_site(session, (PLACE[0] + 0.0008, PLACE[1]), name="八十米")
    make_site(session, (PLACE[0] + 0.01, PLACE[1]), name="一公里")
    near = make_site(session, PLACE, name="就在这里")
    assert {each.site_id for each in found(session, planner, sweep, Near(*PLACE, 100))} == {near.id, far.id}


def test_names_and_addresses_are_searched_as_they_are_typed(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    make_site(session, PLACE, name="100%提分班", address="人民路 1 号")
    make_site(session, PLACE, name="提分班", address="人民路 2 号")
    assert [each.name for each in found(session, planner, sweep, Named("100% 人民路"))] == ["100%提分班"]
    assert found(session, planner, sweep, Named("  ")) == []


def test_a_target_list_offers_its_entries(session: Session, planner: Person, sweep: Sweep) -> None:
    for n in range(4):
        make_site(session, (PLACE[0] + 0.002 * n, PLACE[1]), name=f"望湖 {n} 号班")
    made = make_list(session, planner, usual(NOW.date(), USUAL), 1, NOW)
    offered = {each.site_id for each in found(session, planner, sweep, OfTargetList(made.id))}
    assert offered == {each.site_id for each in entries_of(session, made, EntryState.PROPOSED)}


def test_a_hotspot_of_another_county_offers_nothing(session: Session, planner: Person, sweep: Sweep) -> None:
    with pytest.raises(NotFound):
        found(session, planner, sweep, OfHotspot(sweep.id))


def test_an_enterprise_at_its_cap_says_so_and_one_that_a_tip_is_about_is_exempt(
    session: Session, planner: Person, sweep: Sweep
) -> None:
    officer = make_person(session, Role.ENFORCER, certificate="赣E001")
    capped = make_site(session, PLACE, name="到上限", **INSTITUTION)
    told = make_site(session, PLACE, name="有线索", **INSTITUTION)
    for site in (capped, told):
        for months in (3, 5):
            seen = {"kind": CheckKind.ROUTINE, "standing": Standing.INSPECTION}
            make_check(session, officer, site, **seen, device_finished_at=NOW - timedelta(days=30 * months))
    make_tip(session, PLACE, site_id=told.id)
    by_name = {each.name: each for each in found(session, planner, sweep, InArea(AROUND))}
    assert "到了上限 2 次" in str(by_name["到上限"].cap)
    assert by_name["到上限"].exemption is None
    assert "这次不计入" in str(by_name["有线索"].cap)


def test_who_is_not_on_the_list_gets_no_candidates(session: Session, sweep: Sweep) -> None:
    other = make_person(session, Role.DIRECTOR, name="王局长")
    with pytest.raises(NotFound):
        candidates(session, other, KEYS, sweep, InArea(AROUND), NOW)


def test_sites_of_one_operator_or_building_are_tied(session: Session, planner: Person) -> None:
    away = (PLACE[0] + 0.05, PLACE[1])
    mine = make_site(session, PLACE, name="旭日教育", phone="138 0000 1111", compound="幸福小区", building="3栋")
    phone = make_site(session, away, name="朝阳托管", phone="13800001111")
    name = make_site(session, (PLACE[0] + 0.06, PLACE[1]), name="旭日教育")
    house = make_site(session, (PLACE[0] + 0.01, PLACE[1]), name="楼上的班", compound="幸福小区", building="3栋")
    beside = make_site(session, (PLACE[0] + 0.0001, PLACE[1]), name="隔壁的班")
    holder = make_site(session, (PLACE[0] + 0.07, PLACE[1]), name="明月书院")
    for site in (mine, holder):
        session.add(Licence(county=COUNTY, site_id=site.id, kind=LicenceKind.BUSINESS, number="1", holder="王某"))
    make_site(session, PLACE, name="学校里", kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    make_site(session, away, name="已取缔", phone="13800001111", state=SiteState.CLOSED)
    session.flush()
    links = links_of(session, planner, [mine.id])[mine.id]
    assert {link.site_id: link.ties for link in links} == {
        phone.id: (Tie.PHONE,),
        holder.id: (Tie.HOLDER,),
        name.id: (Tie.NAME,),
        house.id: (Tie.BUILDING,),
        beside.id: (Tie.NEXT_DOOR,),
    }
    assert [link.is_of_operator for link in links] == [True, True, True, False, False]


def test_nobody_is_tied_by_what_is_empty(session: Session, planner: Person) -> None:
    sites = [
        make_site(session, (PLACE[0] + 0.01 * n, PLACE[1]), name=f"点{n}", phone="", building="") for n in range(3)
    ]
    assert links_of(session, planner, [each.id for each in sites]) == {}


def test_the_hours_of_a_sweep_are_counted_over_midnight() -> None:
    late = Hours(datetime(2026, 11, 27, 22, 30, tzinfo=CHINA), datetime(2026, 11, 28, 1, 0, tzinfo=CHINA))
    (first, evening), (second, night) = late.parts
    assert (first, second) == (date(2026, 11, 27), date(2026, 11, 28))
    assert evening.tolist() == [0.0] * 22 + [0.5, 1.0]
    assert night.tolist() == [1.0] + [0.0] * 23


@given(
    days=st.floats(0, 365),
    minutes=st.integers(1, 16 * 60),
)
@settings(max_examples=60)
def test_the_parts_of_hours_add_up_to_the_length(days: float, minutes: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
    hours = Hours(start, start + timedelta(minutes=minutes))
    assert sum(float(parts.sum()) for _, parts in hours.parts) == pytest.approx(minutes / 60, abs=1e-6)
    assert all(((parts >= 0) & (parts <= 1)).all() for _, parts in hours.parts)


def test_a_sweep_at_an_hour_when_nobody_is_there_is_told_a_better_one(session: Session, sweep: Sweep) -> None:
    site = make_site(session, PLACE)
    for week in range(1, 9):
        at = datetime(2026, 11, 20, 19, 30, tzinfo=CHINA) - timedelta(weeks=week)
        make_tip(session, PLACE, site_id=site.id, happened_at=at, received_at=at + timedelta(hours=2))
    profiles = profiles_of(session, COUNTY, [site.id], NOW)
    noon = Hours(datetime(2026, 11, 27, 3, 0, tzinfo=CHINA), datetime(2026, 11, 27, 5, 0, tzinfo=CHINA))
    evening = Hours(datetime(2026, 11, 27, 19, 0, tzinfo=CHINA), datetime(2026, 11, 27, 21, 0, tzinfo=CHINA))
    dull, good = (fit_of(session, COUNTY, profiles, each, NOW) for each in (noon, evening))
    assert dull.rate is not None
    assert good.rate is not None
    assert good.rate > dull.rate
    assert dull.is_late
    assert not good.is_late
    assert dull.better
    assert all(8 <= each.start_hour < each.end_hour <= 21 for each in dull.better)
    assert all(each.rate > dull.rate for each in dull.better)
    inside = likely_of(session, COUNTY, profiles, evening)[site.id].inside
    assert inside > likely_of(session, COUNTY, profiles, noon)[site.id].inside


def test_the_map_shows_what_would_be_warned(session: Session, planner: Person, sweep: Sweep) -> None:
    one = make_site(session, PLACE, name="总店", phone="13800001111")
    other = make_site(session, (PLACE[0] + 0.05, PLACE[1]), name="分店", phone="13800001111")
    editing.change(session, planner, KEYS, sweep.id, 0, AddStops(site_ids=(one.id,)), NOW)
    (stop,) = view_of(session, planner, KEYS, sweep, NOW).stops
    assert [link.site_id for link in stop.outside] == [other.id]
    editing.change(session, planner, KEYS, sweep.id, 1, AddStops(site_ids=(other.id,)), NOW)
    first, second = view_of(session, planner, KEYS, sweep, NOW).stops
    assert first.outside == ()
    assert [link.site_id for link in first.links] == [other.id]
    assert [link.site_id for link in second.links] == [one.id]


def test_revisions_say_who_did_what(session: Session, planner: Person, sweep: Sweep) -> None:
    sites = [make_site(session, (PLACE[0] + 0.01 * n, PLACE[1]), name=f"点位{n}") for n in range(2)]
    ids = tuple(each.id for each in sites)
    plan = editing.change(session, planner, KEYS, sweep.id, 0, AddStops(site_ids=ids), NOW)
    first, second = plan.stops
    editing.change(session, planner, KEYS, sweep.id, 1, SetApproach(stop_id=first.id, approach="走后门"), NOW)
    editing.change(session, planner, KEYS, sweep.id, 2, DropStop(stop_id=second.id, reason="停业"), NOW)
    said = [(each.number, each.saved_by, [str(words) for words in each.differences])
            for each in revisions(session, planner, KEYS, sweep)]  # fmt: skip
    assert said == [
        (3, "李强", ["去掉：点位1（停业）"]),
        (2, "李强", ["改了进入办法：点位0"]),
        (1, "李强", ["加入：点位0、点位1"]),
    ]
    assert [each.number for each in revisions(session, planner, KEYS, sweep, since=2)] == [3]
    with pytest.raises(NotFound):
        revisions(session, make_person(session, Role.DIRECTOR, name="王局长"), KEYS, sweep)


def test_a_ring_that_crosses_itself_keeps_its_largest_part() -> None:
    bow = [(117.0, 28.0), (117.1, 28.1), (117.1, 28.0), (117.0, 28.05)]
    assert polygon_of(bow)["type"] == "Polygon"


@pytest.mark.parametrize(
    "ring",
    [
        [(117.0, 28.0), (117.1, 28.0)],
        [(117.0, 28.0)] * 4,
        [(200.0, 28.0), (117.1, 28.0), (117.1, 28.1)],
        [(float("nan"), 28.0), (117.1, 28.0), (117.1, 28.1)],
        [(70.0, 20.0), (130.0, 20.0), (130.0, 50.0)],
    ],
)
def test_a_ring_that_holds_nothing_is_refused(ring: list[tuple[float, float]]) -> None:
    with pytest.raises(Invalid):
        polygon_of(ring)


@pytest.mark.parametrize(
    "given", [{}, {"kind": "moon"}, {"kind": "area", "ring": [[1, 2]]}, {"kind": "draw", "draw_id": "1; drop"}]
)
def test_a_source_that_makes_no_sense_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        read_source(given)
