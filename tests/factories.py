"""Rows with sane values; each function says what it needs and lets the test set the rest."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import shapely
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.canvass.visits import CanvassVisit, VisitOutcome
from inspections.casework.findings import Finding, FindingState
from inspections.db import new_id
from inspections.field.checks import Check, CheckKind, CheckState, Fence, Standing
from inspections.intake.tip_moves import ENDS_IN, TipMove, TipMoveKind
from inspections.intake.tips import Tip, TipChannel, TipState
from inspections.registry.accounts import Account, hasher
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.grid_cells import CellOrigin, GridCell
from inspections.registry.people import Certificate, Person, PersonRole, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind, SiteState
from inspections.registry.time_bands import TimeBand

COUNTY = "361129"
PASSWORD = "correct horse battery"
PLACE = (117.07, 28.69)  # the county town of Wannian
NOW = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)


def make_account(session: Session, login: str = "zhang", county: str = COUNTY, **values: Any) -> Account:
    account = Account(county=county, login=login, password_hash=hasher.hash(PASSWORD), **values)
    session.add(account)
    session.flush()
    return account


def make_person(
    session: Session,
    *roles: Role,
    login: str | None = None,
    certificate: str | None = None,
    county: str = COUNTY,
    **values: Any,
) -> Person:
    """A person with roles; with an account if `login`, with a certificate if a number is given."""
    account = make_account(session, login, county) if login else None
    person = Person(county=county, **({"name": "张敏", "account_id": account and account.id} | values))
    person.grants = [PersonRole(county=county, role=role) for role in roles]
    if certificate:
        person.certificates = [Certificate(county=county, number=certificate)]
    session.add(person)
    session.flush()
    return person


def make_site(
    session: Session, place: tuple[float, float] | None = PLACE, county: str = COUNTY, **values: Any
) -> Site:
    """A suspected site; `place` is (lon, lat)."""
    defaults = {
        "kind": SiteKind.SUSPECTED,
        "category": SiteCategory.AFTER_CARE,
        "state": SiteState.REPORTED,
        "name": "小太阳托管班",
        "location": lonlat(*place) if place else None,
    }
    site = Site(county=county, **(defaults | values))
    session.add(site)
    session.flush()
    return site


def make_tip(
    session: Session, place: tuple[float, float] | None = None, county: str = COUNTY, **values: Any
) -> Tip:
    """A tip received yesterday, and the moves that brought it into its state within the minute after."""
    defaults = {
        "code": f"T-{uuid4().hex[:10]}",
        "channel": TipChannel.WEB,
        "state": TipState.NEW,
        "text": "晚上有人给孩子补课",
        "received_at": NOW - timedelta(days=1),
        "location": lonlat(*place) if place else None,
    }
    tip = Tip(county=county, **(defaults | values))
    session.add(tip)
    session.flush()
    add_moves(session, tip)
    return tip


def add_moves(session: Session, tip: Tip) -> None:
    """The way of a tip that was made in some state."""
    state = tip.state or TipState.NEW
    kinds = [TipMoveKind.RECEIVED] + [kind for kind, end in ENDS_IN.items() if end is state is not TipState.NEW]
    for minute, kind in enumerate(kinds):
        made = TipMove(county=tip.county, id=new_id(), tip_id=tip.id, kind=kind, state=ENDS_IN[kind])
        made.at, made.master_id = tip.received_at + timedelta(minutes=minute), tip.master_id
        session.add(made)
    session.flush()


def make_finding(session: Session, site: Site, **values: Any) -> Finding:
    """A confirmed finding of last week."""
    defaults = {
        "text": "20:30 以后仍在授课",
        "state": FindingState.CONFIRMED,
        "found_at": NOW - timedelta(days=7),
    }
    finding = Finding(county=site.county, site_id=site.id, **(defaults | values))
    session.add(finding)
    session.flush()
    return finding


def make_check(session: Session, person: Person, site: Site, **values: Any) -> Check:
    """A routine check without photos, received an hour after it was finished."""
    finished = values.get("device_finished_at", NOW)
    record = f"{{}}{uuid4()}".encode()
    defaults = {
        "kind": CheckKind.ROUTINE,
        "standing": Standing.LEAD,
        "state": CheckState.RECEIVED,
        "fence": Fence.CANNOT_TELL,
        "device_id": uuid4().hex,
        "device_sequence": 1,
        "device_started_at": finished - timedelta(minutes=20),
        "device_finished_at": finished,
        "received_at": finished + timedelta(hours=1),
        "record": record,
        "record_sha256": hashlib.sha256(record).hexdigest(),
    }
    check = Check(county=site.county, site_id=site.id, person_id=person.id, **(defaults | values))
    session.add(check)
    session.flush()
    return check


def photo_entry(content: bytes, **values: Any) -> dict[str, Any]:
    """A line of a manifest for some bytes."""
    return {
        "id": str(new_id()),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "type": "image/jpeg",
        "purpose": "scene",
        "item": None,
        "caption": "",
        "taken_at": (NOW - timedelta(minutes=5)).isoformat(),
        "fix": None,
        "position": 0,
    } | values


def make_record(site_id: UUID, **values: Any) -> dict[str, Any]:
    """The record of a check of half an hour that ended at `NOW`, with one good fix at `PLACE`."""
    started = NOW - timedelta(minutes=30)
    fix = {"at": started.isoformat(), "lon": PLACE[0], "lat": PLACE[1], "accuracy_m": 8.5, "source": "device"}
    return {
        "format": "mingcha-check/1",
        "id": str(new_id()),
        "site_id": str(site_id),
        "task_id": None,
        "kind": "unannounced",
        "checklist": {"code": "zd-25", "version": 1},
        "device": {"id": "phone-1", "sequence": 1, "user_agent": "Test", "clock_offset_ms": 120},
        "started_at": started.isoformat(),
        "finished_at": NOW.isoformat(),
        "second_person_id": None,
        "certificates_shown_at": None,
        "recording_told_at": None,
        "fixes": [fix],
        "no_fix_reason": None,
        "last_outdoor_fix": None,
        "answers": [{"item": "zd-01", "verdict": "compliant", "note": ""}],
        "facts": {"pupils_present": 12},
        "summary": "正常",
        "person_in_charge": None,
        "signature": {"refused": None},
        "files": [],
    } | values


def as_sent(record: dict[str, Any]) -> tuple[bytes, str]:
    """The bytes of a record and their hash."""
    content = json.dumps(record).encode()
    return content, hashlib.sha256(content).hexdigest()


def make_township(session: Session, outline: Any = None, county: str = COUNTY, **values: Any) -> Area:
    """A township of about 2 × 2 km around `PLACE`, or with the outline given (a shapely polygon in WGS-84)."""
    around = outline or shapely.segmentize(box(117.06, 28.68, 117.08, 28.70), 0.002)
    whole = around if isinstance(around, MultiPolygon) else MultiPolygon([around])
    defaults = {
        "level": AreaLevel.TOWNSHIP,
        "name": "陈营镇",
        "code": f"{county}100",
        "boundary": from_shape(whole, srid=4326),
    }
    area = Area(county=county, **(defaults | values))
    session.add(area)
    session.flush()
    return area


def make_cell(session: Session, township: Area | None = None, shape: Any = None, **values: Any) -> GridCell:
    """A cell of about 500 m around `PLACE`."""
    county = township.county if township else COUNTY
    defaults = {
        "code": f"{county}{uuid4().int % 10**9:09d}",
        "name": "县城第一网格",
        "origin": CellOrigin.DRAWN,
        "boundary": from_shape(shape or box(117.0675, 28.6875, 117.0725, 28.6925), srid=4326),
        "township_id": township.id if township else None,
    }
    cell = GridCell(county=county, **(defaults | values))
    session.add(cell)
    session.flush()
    return cell


def make_visit(session: Session, person: Person, cell: GridCell, **values: Any) -> CanvassVisit:
    """A walk of half an hour through a cell on a workday evening, at which nothing was seen."""
    finished = values.get("device_finished_at", NOW)
    record = f"{{}}{uuid4()}".encode()
    defaults = {
        "outcome": VisitOutcome.CLEAN,
        "band": TimeBand.EVENING,
        "device_id": uuid4().hex,
        "device_sequence": 1,
        "device_started_at": finished - timedelta(minutes=30),
        "device_finished_at": finished,
        "received_at": finished + timedelta(hours=1),
        "fence": Fence.INSIDE,
        "record": record,
        "record_sha256": hashlib.sha256(record).hexdigest(),
    }
    visit = CanvassVisit(county=cell.county, cell_id=cell.id, person_id=person.id, **(defaults | values))
    session.add(visit)
    session.flush()
    return visit
