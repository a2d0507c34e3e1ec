"""What the demo county holds: enough of everything, in a structure that analyses can find."""

import hashlib
import json
import re
from collections import Counter
from datetime import timedelta

import numpy as np
import shapely
from scipy.spatial import cKDTree

from inspections.casework.findings import OPEN_STATES, Finding
from inspections.demo import plane, troubles
from inspections.demo.book import local
from inspections.demo.chance import Chance
from inspections.demo.county import Drawn, draw_county
from inspections.demo.people import LOGINS
from inspections.demo.sheets import STANDARD
from inspections.demo.terrain import within
from inspections.evidence.blobs import Blob
from inspections.field.checks import Answer, Check, CheckKind, Fence, Standing, Verdict
from inspections.field.photos import Photo
from inspections.field.positions import best_of_visit, read_fix
from inspections.field.record import read_record
from inspections.field.tasks import Task, TaskState
from inspections.intake.tips import Tip, TipState
from inspections.registry import credit_code
from inspections.registry.accounts import Account
from inspections.registry.licences import Licence
from inspections.registry.people import Certificate, Person, PersonRole, Role
from inspections.registry.sites import CATEGORIES, Premises, Site, SiteKind, SiteState
from inspections.rules.facts import read_facts
from inspections.rules.observations import Observation
from inspections.rules.school_year import SchoolPeriod
from tests.inspections.demo.conftest import LEAP_DAY, TODAY

PLACE = re.compile(r"SRID=4326;POINT\((\S+) (\S+)\)")


def places(rows: list[dict]) -> np.ndarray:
    """Metres on the board of all rows that have a location."""
    degrees = [PLACE.fullmatch(row["location"]).groups() for row in rows if row["location"]]
    scale = [plane.EAST_PER_DEGREE, plane.METRES_PER_DEGREE]
    return (np.array(degrees, dtype=float) - [plane.LON, plane.LAT]) * scale


def test_there_is_enough_of_everything(drawn: Drawn) -> None:
    kinds = Counter(row["kind"] for row in drawn.book.of(Site))
    assert kinds == {SiteKind.SCHOOL: 90, SiteKind.INSTITUTION: 160, SiteKind.SUSPECTED: 220}
    assert 850 <= len(drawn.book.of(Tip)) <= 950
    assert 2_200 <= len(drawn.book.of(Check)) <= 2_800
    assert {row["kind"] for row in drawn.book.of(Check)} == set(CheckKind)
    assert {row["role"] for row in drawn.book.of(PersonRole)} == set(Role) - {Role.SUPERIOR}
    assert {row["state"] for row in drawn.book.of(Tip)} == set(TipState)
    assert len(drawn.book.of(Person)) >= 40


def test_every_state_and_disguise_occurs(drawn: Drawn) -> None:
    suspects = drawn.book.of(Site, lambda row: row["kind"] is SiteKind.SUSPECTED)
    assert {row["state"] for row in suspects} == set(SiteState)
    assert {row["category"] for row in suspects} == set(CATEGORIES[SiteKind.SUSPECTED])
    assert {row["premises"] for row in suspects} == set(Premises) - {Premises.CAMPUS}
    assert 3 <= sum(row["location"] is None for row in suspects) <= 20
    assert all(row["watched_until"] for row in suspects if row["state"] is SiteState.CLOSED)


def test_some_sites_moved_on_from_closed_ones(drawn: Drawn) -> None:
    by_id = {row["id"]: row for row in drawn.book.of(Site)}
    moved = drawn.book.of(Site, lambda row: row["moved_from_id"] is not None)
    assert len(moved) >= 10
    for row in moved:
        old = by_id[row["moved_from_id"]]
        assert old["state"] is SiteState.CLOSED
        assert np.linalg.norm(places([row])[0] - places([old])[0]) > 200
        assert row["created_at"] > old["created_at"]


def test_everything_with_a_place_lies_inside_the_county(drawn: Drawn) -> None:
    county = drawn.land.outline.buffer(1)
    for model, slack in ((Site, 1), (Tip, 120)):
        assert shapely.contains_xy(county.buffer(slack), places(drawn.book.of(model))).all()


def test_the_same_seed_and_date_give_the_same_county_and_another_date_another_story(
    drawn: Drawn, leap_day: Drawn
) -> None:
    assert digest(draw_county(TODAY, STANDARD, photo_width=64)) == digest(drawn)
    assert digest(leap_day) != digest(drawn)
    assert leap_day.land.outline == drawn.land.outline


def digest(drawn: Drawn) -> str:
    """Of all rows but accounts, whose password has a salt of its own."""
    rows = {model.__name__: book for model, book in drawn.book.rows.items() if model is not Account}
    return hashlib.sha256(repr(rows).encode() + repr(sorted(drawn.photos)).encode()).hexdigest()


def test_every_credit_code_has_a_valid_check_digit_and_some_papers_contradict_the_sign(drawn: Drawn) -> None:
    licences = drawn.book.of(Licence)
    codes = [row["credit_code"] for row in licences if row["credit_code"]]
    assert len(codes) > 100
    assert [code for code in codes if credit_code.fault(code)] == []
    sites = {row["id"]: row for row in drawn.book.of(Site)}
    sign = [row for row in licences if sites[row["site_id"]]["name"].partition("（")[0] not in row["holder"]]
    door = [row for row in licences if sites[row["site_id"]]["address"] != row["address"]]
    scope = [row for row in licences if "不含培训" in row["scope"]]
    assert min(len(sign), len(door), len(scope)) >= 3
    assert max(len(sign), len(door), len(scope)) < len(licences) / 5


def test_suspected_sites_stand_nearer_to_schools_than_chance_would_put_them(drawn: Drawn) -> None:
    sites = drawn.book.of(Site)
    schools = cKDTree(places([row for row in sites if row["kind"] is SiteKind.SCHOOL]))
    suspects = places([row for row in sites if row["kind"] is SiteKind.SUSPECTED])
    chance = Chance("random points")
    anywhere = np.array([within(drawn.land.outline, chance) for _ in range(len(suspects))])
    assert np.median(schools.query(suspects)[0]) < np.median(schools.query(anywhere)[0]) / 5
    assert (schools.query(suspects)[0] < 300).mean() > 0.4


def test_what_is_reported_was_mostly_seen_in_evenings_or_on_weekends(drawn: Drawn) -> None:
    seen = [local(row["happened_at"]) for row in drawn.book.of(Tip)]
    weekend = sum(at.weekday() >= 5 for at in seen) / len(seen)
    assert 0.38 < weekend < 0.7  # two days of seven are 0.29
    weekday_evening = [at.hour >= 17 for at in seen if at.weekday() < 5]
    assert sum(weekday_evening) / len(weekday_evening) > 0.5
    assert all(row["happened_at"] < row["received_at"] <= drawn.book.until for row in drawn.book.of(Tip))


def test_tips_gather_in_the_planted_hotspots_and_shun_the_cold_quarter(drawn: Drawn) -> None:
    tips = places(drawn.book.of(Tip))
    spots = troubles.hotspots(drawn.land)
    planted = [(np.linalg.norm(tips - spot.middle, axis=1) < troubles.HOT_RADIUS_M + 100).sum() for spot in spots]
    assert all(count > spot.tips * 0.8 for count, spot in zip(planted, spots, strict=True))
    cold = np.linalg.norm(tips - troubles.cold_middle(), axis=1) < troubles.COLD_RADIUS_M
    assert cold.sum() < min(planted) / 8


def test_the_cold_quarter_is_patrolled_more_than_other_places_and_finds_less(drawn: Drawn) -> None:
    cold = {
        row["id"]
        for row in drawn.book.of(Site)
        if row["location"] and np.linalg.norm(places([row])[0] - troubles.cold_middle()) < troubles.COLD_RADIUS_M
    }
    checks, findings = drawn.book.of(Check), drawn.book.of(Finding)
    inside = sum(row["site_id"] in cold for row in checks)
    found = sum(row["site_id"] in cold for row in findings)
    assert inside / len(cold) > 1.3 * (len(checks) - inside) / (470 - len(cold))
    assert found / inside < 0.3 * (len(findings) - found) / (len(checks) - inside)


def test_each_record_is_genuine_and_would_be_received_today(drawn: Drawn) -> None:
    devices: dict[str, list[int]] = {}
    for row in drawn.book.of(Check):
        assert hashlib.sha256(row["record"]).hexdigest() == row["record_sha256"]
        record = read_record(json.loads(row["record"]))
        assert (record.id, record.site_id, record.kind) == (row["id"], row["site_id"], row["kind"])
        assert record.device.id == row["device_id"]
        fixes = [fix for given in record.fixes if (fix := read_fix(given))]
        best = best_of_visit(fixes, record.started_at, record.finished_at)
        assert (best and best.accuracy_m) == row["accuracy_m"]
        devices.setdefault(record.device.id, []).append(record.device.sequence)
    assert all(sequence == list(range(1, len(sequence) + 1)) for sequence in devices.values())
    assert all(device.startswith("demo-") for device in devices)


def test_what_does_not_comply_has_a_note_and_a_photo_that_exists(drawn: Drawn) -> None:
    shown = {(row["check_id"], row["item_code"]) for row in drawn.book.of(Photo)}
    bad = drawn.book.of(Answer, lambda row: row["verdict"] is Verdict.NOT_COMPLIANT)
    assert len(bad) > 300
    assert all(row["note"] and (row["check_id"], row["item_code"]) in shown for row in bad)
    assert {row["sha256"] for row in drawn.book.of(Photo)} == set(drawn.photos)
    assert len(drawn.book.of(Blob)) == len(drawn.photos)  # each photo has bytes of its own


def test_officers_are_never_at_two_places_at_once(drawn: Drawn) -> None:
    visits = sorted(drawn.book.of(Check), key=lambda row: row["device_started_at"])
    busy = {}
    for row in visits:
        for person in filter(None, (row["person_id"], row["second_person_id"])):
            assert busy.get(person, row["device_started_at"]) <= row["device_started_at"]
            busy[person] = row["device_finished_at"]


def test_an_inspection_has_valid_certificates_and_underground_fixes_are_poor(drawn: Drawn) -> None:
    checks = drawn.book.of(Check)
    inspections = [row for row in checks if row["standing"] is Standing.INSPECTION]
    assert all(row["certificate_number"] and row["certificates_shown_at"] for row in inspections)
    expired = {row["number"] for row in drawn.book.of(Certificate) if row["valid_until"] < TODAY}
    assert len(expired) == 2
    assert all(row["certificate_number"] not in expired for row in checks[-100:])
    below = {row["id"] for row in drawn.book.of(Site) if row["premises"] is Premises.BASEMENT}
    grades = Counter(row["location_grade"] for row in checks if row["site_id"] in below)
    assert grades["D"] > sum(grades.values()) / 2
    assert {row["fence"] for row in checks} == set(Fence)


def test_problems_are_in_all_states_and_some_are_overdue(drawn: Drawn) -> None:
    findings = drawn.book.of(Finding)
    assert min(Counter(row["state"] for row in findings).values()) >= 5
    overdue = [row for row in findings if row["state"] in OPEN_STATES and row["due_on"] and row["due_on"] < TODAY]
    assert len(overdue) >= 15
    assert all(
        row["found_at"] < row["confirmed_at"] < row["struck_off_at"] for row in findings if row["struck_off_at"]
    )


def test_who_signs_in_with_a_field_login_has_work_for_today_and_the_week(drawn: Drawn) -> None:
    logins = {row["id"]: row["login"] for row in drawn.book.of(Account)}
    people = {logins[row["account_id"]]: row["id"] for row in drawn.book.of(Person) if row["account_id"]}
    assert {login for login, _ in LOGINS} <= people.keys()
    for login in ("inspector", "grid", "enforcer", "volunteer", "township"):
        mine = drawn.book.of(
            Task, lambda row, me=people[login]: row["assignee_id"] == me and row["state"] is TaskState.OPEN
        )
        assert sum(row["due_on"] == TODAY for row in mine) >= 3
        assert sum(TODAY < row["due_on"] <= TODAY + timedelta(days=7) for row in mine) >= 3
        assert any(row["due_on"] < TODAY for row in mine)


def test_no_number_in_it_can_be_called(drawn: Drawn) -> None:
    phones = [row["phone"] for model in (Site, Person) for row in drawn.book.of(model) if row["phone"]]
    assert all(phone.startswith("000-0000-") for phone in phones)


def test_any_day_can_be_today(leap_day: Drawn) -> None:
    assert leap_day.book.today == LEAP_DAY
    assert 850 <= len(leap_day.book.of(Tip)) <= 950
    assert 2_200 <= len(leap_day.book.of(Check)) <= 2_800
    assert max(row["received_at"] for row in leap_day.book.of(Check)) <= leap_day.book.until
    assert len(leap_day.book.of(Blob)) == len(leap_day.photos)


def test_every_day_of_the_story_is_in_a_term_or_a_vacation_and_some_checks_wait_to_be_judged(
    drawn, leap_day
) -> None:
    for county, today in ((drawn, TODAY), (leap_day, LEAP_DAY)):
        periods = county.book.of(SchoolPeriod)
        for back in range(400):
            day = today - timedelta(days=back)
            assert len([row for row in periods if row["first_day"] <= day <= row["last_day"]]) == 1
        checks = {row["id"] for row in county.book.of(Check)}
        observations = county.book.of(Observation)
        assert 40 <= len(observations) <= 100
        for row in observations:
            assert row["check_id"] in checks
            assert read_facts(row["subject"], row["facts"]) == row["facts"]


def test_a_few_phones_hold_what_the_office_asks_after(drawn) -> None:
    from inspections.field.phones import Phone, PhoneItem

    phones, items = drawn.book.of(Phone), drawn.book.of(PhoneItem)
    assert len(phones) > 15
    assert {item["phone_id"] for item in items} < {phone["id"] for phone in phones}
    assert sum(item["gone_at"] is not None for item in items) == 1
    assert max(phone["seen_at"] for phone in phones) < drawn.book.until
