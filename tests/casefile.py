"""Rows of a site's file: areas, licences, checks with photos and answers, findings, tips and tasks."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections import events
from inspections.casework.findings import Finding, FindingState
from inspections.casework.rechecks import Recheck, RecheckOutcome
from inspections.days import day_of
from inspections.db import new_id
from inspections.field.checks import Answer, Check, CheckKind, CheckState, Fence, Standing, Verdict
from inspections.field.photos import Photo, PhotoPurpose, PhotoState
from inspections.field.tasks import Task
from inspections.intake.tips import Tip, TipChannel
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.licences import Licence, LicenceKind
from inspections.registry.people import Person
from inspections.registry.sites import Site
from tests.factories import COUNTY, PLACE, add_moves

FINISHED = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
RECHECKED = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
HOSTILE = ("${alert(1)}", "</script><script>alert(1)</script>", '=HYPERLINK("http://evil.test")', "{{7*7}}%s")


def make_area(
    session: Session,
    name: str,
    level: AreaLevel,
    box: tuple[float, float, float, float],
    county: str = COUNTY,
    **values: Any,
) -> Area:
    """An area with a rectangle (west, south, east, north) for a boundary."""
    shape = func.ST_Multi(func.ST_MakeEnvelope(*box, 4326))
    area = Area(county=county, name=name, level=level, boundary=shape, **values)
    session.add(area)
    session.flush()
    return area


def make_licence(session: Session, site: Site, **values: Any) -> Licence:
    defaults = {"kind": LicenceKind.BUSINESS, "number": "361129000001", "credit_code": "91361129MA35L0X007"}
    licence = Licence(county=site.county, site_id=site.id, **(defaults | values))
    session.add(licence)
    session.flush()
    return licence


def make_check(session: Session, site: Site, officer: Person, *, photos: int = 0, **values: Any) -> Check:
    """A received check that was finished at `FINISHED`, with its event, as receiving one leaves it."""
    check_id = values.pop("id", None) or new_id()
    record = str(check_id).encode()
    finished = values.get("device_finished_at", FINISHED)
    defaults = {
        "kind": CheckKind.UNANNOUNCED,
        "standing": Standing.INSPECTION,
        "state": CheckState.RECEIVED,
        "device_id": "phone-1",
        "device_sequence": check_id.int % 2**40,
        "device_started_at": finished - timedelta(minutes=12),
        "device_finished_at": finished,
        "received_at": finished,
        "location": lonlat(*PLACE),
        "accuracy_m": 8.0,
        "location_grade": "A",
        "fence": Fence.INSIDE,
        "distance_m": 6.0,
        "summary": "地下室有 6 张课桌，正在讲初二数学。",
    }
    check = Check(
        county=site.county,
        id=check_id,
        site_id=site.id,
        person_id=officer.id,
        record=record,
        record_sha256=hashlib.sha256(record).hexdigest(),
        **(defaults | values),
    )
    session.add(check)
    session.flush()
    for position in range(photos):
        make_photo(session, check, position)
    events.record(session, officer, "submit", check)
    session.flush()
    return check


def make_photo(session: Session, check: Check, position: int = 0, **values: Any) -> Photo:
    sha256 = hashlib.sha256(f"{check.id} {position}".encode()).hexdigest()
    defaults = {
        "purpose": PhotoPurpose.SCENE,
        "state": PhotoState.RECEIVED,
        "caption": "门口招牌",
        "sha256": sha256,
        "size": 1000,
        "media_type": "image/jpeg",
        "device_taken_at": check.device_finished_at,
    }
    photo = Photo(county=check.county, check_id=check.id, position=position, **(defaults | values))
    session.add(photo)
    session.flush()
    return photo


def make_answer(session: Session, check: Check, item: str, verdict: Verdict, note: str = "") -> Answer:
    answer = Answer(county=check.county, check_id=check.id, item_code=item, verdict=verdict, note=note)
    session.add(answer)
    session.flush()
    return answer


def make_finding(session: Session, site: Site, check: Check | None = None, **values: Any) -> Finding:
    defaults = {
        "text": "晚上 20:30 以后仍在授课",
        "state": FindingState.PROPOSED,
        "severity": 2,
        "found_at": FINISHED,
    }
    finding = Finding(county=site.county, site_id=site.id, check_id=check and check.id, **(defaults | values))
    session.add(finding)
    session.flush()
    return finding


def make_recheck(
    session: Session,
    finding: Finding,
    officers: Sequence[Person],
    outcome: RecheckOutcome = RecheckOutcome.FIXED,
    *,
    photos: int = 1,
    photo_state: PhotoState = PhotoState.RECEIVED,
    **values: Any,
) -> Recheck:
    """What a later inspection by two certified officers says of a finding, with photos of it."""
    site = session.get_one(Site, (finding.county, finding.site_id))
    given = {"kind": CheckKind.RECHECK, "device_finished_at": RECHECKED} | values
    finished = given["device_finished_at"]
    certified = [each.certificate_on(day_of(finished)) for each in officers]
    numbers = [each.number if each else None for each in certified] + [None]
    check = make_check(session, site, officers[0], **{
        "certificate_number": numbers[0], "second_certificate_number": numbers[1],
        "second_person_id": officers[1].id if officers[1:] else None, "certificates_shown_at": finished,
    } | given)  # fmt: skip
    for position in range(photos):
        make_photo(session, check, position, finding_id=finding.id, state=photo_state)
    recheck = Recheck(county=finding.county, check_id=check.id, finding_id=finding.id, outcome=outcome)
    session.add(recheck)
    session.flush()
    return recheck


def make_tip(session: Session, site: Site | None = None, county: str = COUNTY, **values: Any) -> Tip:
    defaults = {
        "code": "X" + new_id().hex[-8:].upper(),
        "channel": TipChannel.HOTLINE,
        "text": "群众反映晚间有补课",
        "received_at": FINISHED,
        "location": lonlat(*PLACE),
    }
    tip = Tip(county=site.county if site else county, site_id=site and site.id, **(defaults | values))
    session.add(tip)
    session.flush()
    add_moves(session, tip)
    return tip


def make_task(session: Session, site: Site, assignee: Person, author: Person | None = None, **values: Any) -> Task:
    defaults = {"kind": CheckKind.ROUTINE, "due_on": date(2026, 12, 1)}
    task = Task(
        county=site.county,
        site_id=site.id,
        assignee_id=assignee.id,
        created_by_id=author and author.id,
        **(defaults | values),
    )
    session.add(task)
    session.flush()
    return task
