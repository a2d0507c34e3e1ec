"""Before and after: the photos of a known problem, and those of the re-checks that followed."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding
from inspections.casework.recheck_file import earlier_photos, rechecks_of_check, rechecks_of_finding
from inspections.casework.rechecks import Recheck, RecheckOutcome
from inspections.field.checks import Check, CheckKind
from inspections.field.photos import PhotoPurpose, PhotoState
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.casefile import FINISHED, make_check, make_finding, make_photo
from tests.factories import make_person, make_site


@pytest.fixture
def zhang(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, certificate="赣E001")


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session)


@pytest.fixture
def first(session: Session, zhang: Person, site: Site) -> Check:
    return make_check(session, site, zhang)


@pytest.fixture
def finding(session: Session, site: Site, first: Check) -> Finding:
    return make_finding(session, site, first, item_code="zd-01")


def again(session: Session, finding: Finding, zhang: Person, days: int, outcome: RecheckOutcome) -> Check:
    at = FINISHED + timedelta(days=days)
    times = {"device_started_at": at - timedelta(minutes=20), "device_finished_at": at}
    check = make_check(
        session, session.get_one(Site, (finding.county, finding.site_id)), zhang, kind=CheckKind.RECHECK, **times
    )
    session.add(Recheck(county=check.county, check_id=check.id, finding_id=finding.id, outcome=outcome))
    session.flush()
    return check


def test_a_finding_is_shown_by_the_photos_of_its_item_and_not_by_others(session, zhang, first, finding) -> None:
    of_item = make_photo(session, first, 1, item_code="zd-01")
    make_photo(session, first, 0)
    make_photo(session, first, 2, item_code="zd-01", purpose=PhotoPurpose.SIGNATURE)
    make_photo(session, first, 3, item_code="zd-01", media_type="audio/mp4")
    make_photo(session, first, 4, item_code="zd-01", state=PhotoState.EXPECTED)
    assert [photo.id for photo in earlier_photos(session, zhang, [finding.id])[finding.id]] == [of_item.id]


def test_a_finding_without_photos_of_its_own_is_shown_by_those_of_the_place(
    session, zhang, first, finding
) -> None:
    photos = [make_photo(session, first, n) for n in range(5)]
    shown = earlier_photos(session, zhang, [finding.id])[finding.id]
    assert [photo.id for photo in shown] == [photo.id for photo in photos[:3]]


def test_a_recheck_pairs_the_photo_after_with_the_one_before(session, zhang, first, finding) -> None:
    before, other = (make_photo(session, first, n, item_code="zd-01") for n in range(2))
    check = again(session, finding, zhang, 7, RecheckOutcome.FIXED)
    after = make_photo(session, check, 0, finding_id=finding.id, before_id=before.id)
    [row] = rechecks_of_check(session, zhang, check)
    assert [(pair.before and pair.before.id, pair.after.id) for pair in row.pairs] == [(before.id, after.id)]
    assert [photo.id for photo in row.earlier] == [other.id]


def test_a_second_recheck_sees_the_first_one_as_earlier(session, zhang, first, finding) -> None:
    make_photo(session, first, 0, item_code="zd-01")
    one = again(session, finding, zhang, 7, RecheckOutcome.PARTLY)
    of_one = make_photo(session, one, 0, finding_id=finding.id)
    two = again(session, finding, zhang, 14, RecheckOutcome.FIXED)
    make_photo(session, two, 0, finding_id=finding.id, before_id=of_one.id)
    rows = rechecks_of_finding(session, zhang, finding)
    assert [row.recheck.outcome for row in rows] == [RecheckOutcome.PARTLY, RecheckOutcome.FIXED]
    assert [len(row.earlier) for row in rows] == [1, 1]
    assert rows[1].pairs[0].before == of_one


def test_who_may_not_see_the_site_sees_no_recheck_of_it(session, zhang, first, finding) -> None:
    check = again(session, finding, zhang, 7, RecheckOutcome.FIXED)
    stranger = make_person(session, Role.TOWNSHIP_ADMIN)
    assert rechecks_of_check(session, stranger, check) == []
