"""English from the first page to the last, and who sees it."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.casework import handing_over, penalising, taking
from inspections.casework.approvals import Approval, ApprovalKind
from inspections.casework.findings import Finding, FindingState
from inspections.casework.invitations import Guest, token_of
from inspections.casework.inviting import invite
from inspections.casework.orders import Order, OrderItem, OrderKind, OrderState
from inspections.casework.recusals import Recusal, RecusalOrigin
from inspections.casework.responding import submit
from inspections.casework.reviewing import send_back
from inspections.casework.steps import StepKind
from inspections.days import day_of
from inspections.db import new_id, scope
from inspections.errors import say
from inspections.evidence.keys import KeyRing
from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list, mark_of, revise, save_draft
from inspections.field.checklist_publishing import publish
from inspections.field.checks import CheckConflict, Verdict
from inspections.field.parcels import Parcel
from inspections.field.phones import Phone
from inspections.intake import whistling
from inspections.intake.opening import ask_to_open
from inspections.intake.taking import take_tip
from inspections.intake.tips import TipChannel
from inspections.intake.whistles import WhistleDepartment
from inspections.ledger import doing
from inspections.ledger.runs import DeedKind
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.imports.runs import ImportRun
from inspections.registry.people import Person, Role
from inspections.registry.site_conflicts import SiteConflict
from inspections.registry.sites import Site, SiteKind, SiteState
from inspections.reporting import case_recording, scheduling
from inspections.reporting.bulletins.bulletins import Audience, BulletinKind
from inspections.reporting.bulletins.drafting import begin, edit_section
from inspections.reporting.bulletins.signing import publish as publish_bulletin
from inspections.reporting.bulletins.signing import seal_of, sign
from inspections.reporting.documents.kinds_orders import SAMPLE
from inspections.reporting.figures import of_days
from inspections.reporting.figures.filling import enter
from inspections.reporting.figures.freezing import freeze
from inspections.reporting.scores.weights import set_weights
from inspections.rules.observations import Observation
from inspections.rules.school_year import PeriodKind, SchoolPeriod
from inspections.rules.subjects import Subject
from inspections.selfcheck.campaigns import SelfCheck
from inspections.selfcheck.sending import send
from inspections.special_campaigns import dispatching
from inspections.special_campaigns import scheduling as scheduling_of_campaigns
from inspections.special_campaigns.dispatches import ReceiptKind
from inspections.special_campaigns.reporting_days import keep
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.editing import new_sweep
from inspections.sweeps.plan import Plan as SealedPlan
from inspections.sweeps.plan import PlannedStop
from inspections.sweeps.plans import save_plan
from inspections.sweeps.solving import solve
from inspections.sweeps.sweeps import Sweep
from inspections.sweeps.team_editing import add_team, join
from inspections.targeting import hotspots
from inspections.targeting.hotspot_runs import HotspotRun
from inspections.targeting.target_lists.computing import entries_of, make_list
from inspections.targeting.target_lists.county_settings import rules_of, set_rules
from inspections.targeting.target_lists.deciding import refuse
from inspections.targeting.target_lists.lists import EntryState, Part
from inspections.targeting.target_lists.plan import usual
from tests import casefile
from tests.canvassed import make_grid
from tests.complainants import make_complainant
from tests.drawn import add_published
from tests.early_warnings import make_backtest, make_warning
from tests.ended_sweep import over
from tests.factories import COUNTY, NOW, PLACE, as_sent, make_person, make_record, make_site
from tests.parcels import Writer
from tests.special import make_campaign, make_sweep
from tests.walks import make_visit
from tests.webapp.conftest import needs_vendor
from webapp.i18n import translated
from webapp.translations.catalogue import compile_catalogue

CHINESE = re.compile("[\u3400-\u9fff，。；：（）、？！]+")
# Data: the names of the county and its bureau, what its numbers begin with, and each language by its own name
NAMES = ("万年县", "教育体育局", "中文", 'lang="zh-CN"', "万教整改", "万教督办", "万教约谈", "万教通报",
         "万教问责", "万教移送", "万教督通", "万教督日报")  # fmt: skip
MARKED = re.compile(r"<(\w+)[^>]*\blang=\"zh-CN\"[^>]*>.*?</\1>", re.S)
POWER = f"{COUNTY}-power"
EVENING = {
    "name": "Friday evening",
    "day": "2098-11-28",
    "starts": "18:30",
    "ends": "21:00",
    "meeting_point": "South gate",
}
ANY = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    compile_catalogue()


@pytest.fixture
def person(session: Session) -> Person:
    return make_person(session, *Role, login="li", name="Li Qiang", language="en", certificate="361129-007")


@pytest.fixture
def reader(person: Person, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("li")


@pytest.fixture
def site(session: Session, person: Person) -> Site:
    """A site with something in every part of its file, all typed in Latin letters."""
    shape = from_shape(MultiPolygon([box(117.0, 28.6, 117.2, 28.8)]), srid=4326)
    session.add(Area(county=COUNTY, level=AreaLevel.COUNTY, name="Wannian", boundary=shape))
    township = casefile.make_area(session, "Chenying", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.2, 28.8))
    known = {"name": "Little Sun", "address": "12 Hubin Road", "township_id": township.id}
    site = make_site(session, **known, state=SiteState.RECTIFYING, remark="Opens at six")
    make_site(session, name="Nowhere", place=None, state=SiteState.CLOSED)
    casefile.make_licence(session, site, holder="Big Moon", address="1 Other Road", valid_until=date(2025, 1, 1))
    casefile.make_licence(session, site, number="2", holder="Big Moon", address="1 Other Road")
    odd = ["no_fix", "too_fast"]
    _list(session, person)
    check = casefile.make_check(session, site, person, photos=1, flags=odd, summary="Twelve pupils")
    check.checklist_code, check.checklist_version = "zd-25", 1
    check.certificates_shown_at, check.signature_refused = casefile.FINISHED, "absent"
    casefile.make_photo(session, check, 7, caption="Door", flags=["photo_elsewhere"])
    for item, verdict in zip(("zd-01", "zd-05", "zd-09", "zd-15"), Verdict, strict=False):
        casefile.make_answer(session, check, item, verdict, "Seen")
    for at, state in enumerate(FindingState):
        casefile.make_finding(session, site, check, text=f"Late {at}", state=state, severity=1 + at % 3)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for i in range(20):
        place = {"location": casefile.lonlat(PLACE[0] + i * 0.0005, PLACE[1])}
        casefile.make_tip(session, site, text="Lessons at night", received_at=yesterday, **place)
    casefile.make_task(session, site, person, person, reason="Tip")
    for photo in session.scalars(select(casefile.Photo)):
        photo.caption = "Door"
    session.commit()
    return site


def _list(session: Session, person: Person) -> None:
    """A checklist with two versions that were published, and a draft."""
    items = [
        ItemContent(f"p-{n}", "Wires", f"No loose wire {n}", kinds=("school",), proof="Photo") for n in range(4)
    ]
    today = datetime.now(UTC).date()
    draft = begin_list(session, person, "power", Content("Power", tuple(items), site_kinds=("school",)), NOW)
    for last in (3, 2):
        publish(session, person, POWER, None, seen=mark_of(draft), today=today, now=NOW)
        draft = revise(session, person, POWER, NOW)
        newer = [replace(items[0], text=f"None at all {last}", kinds=()), *reversed(items[1:last])]
        save_draft(session, person, POWER, Content("Power", tuple(newer)), seen=None, now=NOW)


@pytest.fixture
def imported(app: Flask, reader: FlaskClient, session: Session, site: Site) -> ImportRun:
    """A list read on trial, with faults in it."""
    rows = (
        "name,lon,lat,category,phone",
        "One,117.07,28.69,primary,12",
        "Two,0,0,primary,",
        "Three,28.7,117.1,x,",
    )
    table = "\n".join(rows)
    form = {"file": (io.BytesIO(table.encode()), "list.csv"), "subject": "sites"}
    reader.post("/imports", data=form, content_type="multipart/form-data")
    return _examined(app, session)


def _examined(app: Flask, session: Session) -> ImportRun:
    waiting = session.connection().exec_driver_sql(
        "select task_name, args from procrastinate_jobs where status = 'todo' order by id"
    )
    for name, arguments in waiting.all():
        given = {key: value for key, value in arguments.items() if key != "county"}
        jobs.HANDLERS[name](jobs.Work(session, COUNTY, app.extensions["store"]), **given)
    session.commit()
    return session.scalars(select(ImportRun)).one()


@pytest.fixture
def analysed(reader: FlaskClient, session: Session, site: Site) -> HotspotRun:
    reader.post("/hotspots", data={"days": "90", "size_m": "1000"})
    session.expire_all()
    run = session.scalars(select(HotspotRun)).one()
    hotspots.fill(session, run, datetime.now(UTC))
    session.commit()
    return run


@pytest.fixture
def targeted(session: Session, person: Person, site: Site) -> dict[str, UUID]:
    """A target list with an entry that was refused and what took its place."""
    now = datetime.now(UTC)
    for n in range(6):
        other = make_site(session, (PLACE[0] + 0.001 * n, PLACE[1] + 0.002), name=f"Attic {n}")
        casefile.make_tip(session, site=other, text="Lessons at night", received_at=now - timedelta(days=2))
    set_rules(
        session, person, {"exploration_percent": "10", "institution_cap": "3", "cap_basis": "County paper 7"}
    )
    plan = replace(usual(day_of(now), rules_of(session, COUNTY)), wanted=3)
    made = make_list(session, person, plan, 1, now)
    entries = entries_of(session, made, EntryState.PROPOSED)
    by_risk = [each for each in entries if each.part is Part.RISK]
    refuse(session, person, by_risk[0].id, "event", "Exams", now)
    session.commit()
    return {"target_list": made.id, "target_entry": by_risk[-1].id}


@pytest.fixture
def sent(reader: FlaskClient, session: Session, person: Person, site: Site) -> dict[str, UUID]:
    """What phones sent that a person has to look into: by its name in an address."""
    other = make_site(session, name="Attic", pupils=10)
    edit = {"site_id": str(other.id), "base": {"premises": None}, "at": NOW.isoformat()}
    for premises in ("shop", "garage"):
        _post(reader, "field/site-edits", edit | {"id": str(new_id()), "values": {"premises": premises}})
    record = make_record(other.id, summary="Quiet")
    answers = [{"item": "zd-01", "verdict": "not_compliant", "note": "Below ground"}]
    for each in (record, record | {"summary": "Loud", "kind": "tip", "answers": answers}):
        _post(reader, "checks", each, {"X-Record-Sha256": as_sent(each)[1]})
    held = {"id": str(new_id()), "kind": "check", "site_id": str(site.id), "finished_at": NOW.isoformat()}
    _post(reader, "field/phone", {"device_id": "phone-1", "unsent": [held]})
    parcel = Writer(person.id, KeyRing.of(["test"]).parcel[0]).write([("check", str(new_id()), b"{}")])
    reader.post("/api/v1/field/parcels", data=parcel, content_type="application/vnd.mingcha.parcel")
    tables: dict[str, Any] = {
        "phone": Phone,
        "parcel": Parcel,
        "conflict": SiteConflict,
        "check_conflict": CheckConflict,
    }
    return {name: session.scalars(select(table.id)).one() for name, table in tables.items()}


def _post(phone: FlaskClient, name: str, given: dict[str, Any], headers: dict[str, str] | None = None) -> None:
    phone.post(f"/api/v1/{name}", data=json.dumps(given), content_type="application/json", headers=headers)


@pytest.fixture
def worked(session: Session, person: Person, site: Site) -> dict[str, UUID]:
    """What an office made of a check: facts, an order, and the term they fell in."""
    check = session.scalars(select(casefile.Check).where(casefile.Check.site_id == site.id)).one()
    key = {"county": COUNTY}
    observation = Observation(
        **key, id=new_id(), check_id=check.id, person_id=person.id, subject=Subject.LESSON, day=NOW.date(),
        about="Room 2", facts={"ends_at": "21:00"},
    )  # fmt: skip
    term = SchoolPeriod(**key, id=new_id(), kind=PeriodKind.AUTUMN_TERM, first_day=NOW.date(),
                        last_day=NOW.date(), source="School year")  # fmt: skip
    order = Order(
        **key, id=new_id(), site_id=site.id, kind=OrderKind.RECTIFICATION, addressee="Little Sun",
        supervised_on=NOW.date(), organisation="Bureau", contact="Li", telephone="1", drafted_by_id=person.id,
    )  # fmt: skip
    session.add_all([observation, term, order])
    session.flush()
    confirmed = (casefile.Finding.site_id == site.id, casefile.Finding.state == FindingState.CONFIRMED)
    finding = session.scalars(select(casefile.Finding).where(*confirmed)).one()
    item = OrderItem(**key, id=new_id(), order_id=order.id, finding_id=finding.id, kind=order.kind, position=1,
                     measures="Stop", lead="Wang", department="Office", working_days=15)  # fmt: skip
    session.add(item)
    issued = Order(
        **key, id=new_id(), site_id=site.id, kind=OrderKind.RECTIFICATION, state=OrderState.ISSUED,
        addressee="Little Sun", supervised_on=NOW.date(), organisation="Bureau", contact="Li", telephone="1",
        drafted_by_id=person.id, year=2026, number=1, number_text="1 (2026)", content=SAMPLE,
    )  # fmt: skip
    session.add(issued)
    escalated = {"step": _step(session, person, finding), **_measures(session, person, site)}
    question = {"show": ["all"]}
    run = doing.plan(session, person, DeedKind.RECHECK, question, None, NOW)
    escalated["ledger_run"] = run.id
    answered = _answered(session, person, site)
    reported = _reported(session, person, site)
    session.commit()
    escalated |= _bulletins(session, person)
    return {
        "observation": observation.id,
        "period": term.id,
        "order": order.id,
        "issued": issued.id,
        **escalated,
        **_complained(session, person),
        "visit": make_visit(session, person, check.id, note="Basement too"),
        **make_grid(session, session.scalars(select(Area).where(Area.name == "Chenying")).one(), person),
        "finding": _waited(session, person, finding),
        **answered,
        **reported,
    }


def _complained(session: Session, person: Person) -> dict[str, UUID]:
    """Who sent a tip about a child, and a request to read it."""
    complainant = make_complainant(session, is_minor=True, text="Lessons at night")
    scope(session, person.county, person.id)
    opening = ask_to_open(session, person, complainant.id, "To call back", NOW)
    form = {"id": str(new_id()), "text": "A call about lessons at night", "place": "Green Street"}
    call = take_tip(session, person, KeyRing.of(["test"]), form, NOW, TipChannel.HOTLINE)
    return {"complainant": complainant.id, "opening": opening.id, "call": call.tip.id}


def _waited(session: Session, person: Person, finding: Finding) -> UUID:
    """A finding with a request and a recusal that wait."""
    asked = {"county": COUNTY, "asked_at": NOW, "asked_by_id": person.id, "reason": "Closed"}
    session.add(Approval(**asked, finding_id=finding.id, kind=ApprovalKind.SUSPENSION, asked_by_name="Li"))
    session.add(Recusal(**asked, site_id=finding.site_id, person_id=person.id, origin=RecusalOrigin.PARTY))
    session.flush()
    return finding.id


def _answered(session: Session, person: Person, site: Site) -> dict[str, Any]:
    """A served order with a link, and a report by it that was returned."""
    key, kind = {"county": COUNTY}, OrderKind.SUPERVISION
    content = SAMPLE | {"kind": kind.value, "contact": "Li", "telephone": "1", "bureau": "Bureau"}
    words = {"addressee": "Little Sun", "organisation": "Bureau", "contact": "Li", "telephone": "1"}
    order = Order(
        **key, **words, id=new_id(), site_id=site.id, kind=kind, supervised_on=NOW.date(), drafted_by_id=person.id,
        state=OrderState.SERVED, number=1, year=2026, number_text="No. 1", content=content, issued_at=NOW,
        issued_by_id=person.id, served_on=NOW.date(), served_at=NOW, served_by_id=person.id, server_id=person.id,
    )  # fmt: skip
    of_site = (casefile.Finding.site_id == site.id, casefile.Finding.state == FindingState.RECTIFYING)
    finding = session.scalars(select(casefile.Finding).where(*of_site)).one()
    session.add(order)
    session.flush()
    item = OrderItem(**key, id=new_id(), order_id=order.id, finding_id=finding.id, kind=kind, position=0,
                     measures="Stop", lead="Wang", department="Office", working_days=15)  # fmt: skip
    session.add(item)
    session.flush()
    keys = KeyRing.of(["test"]).link
    link = invite(session, person, order.id, keys, NOW)
    said = {f"claim-{item.id}": "partly", f"done-{item.id}": "Stopped", "name": "Liu", "telephone": "1"}
    form = {"form_id": str(new_id())} | said
    response, _ = submit(session, Guest(COUNTY, link.id), order, form, datetime.now(UTC))
    send_back(session, person, response.id, "Unclear", datetime.now(UTC))
    submit(session, Guest(COUNTY, link.id), order, form | {"form_id": str(new_id())}, datetime.now(UTC))
    return {"answered": order.id, "token": token_of(keys, link), **_asked(session, person, site)}


def _asked(session: Session, person: Person, site: Site) -> dict[str, Any]:
    """A campaign, and what the site said of itself."""
    school = make_site(session, name="Hill School", kind=SiteKind.SCHOOL, category="primary", state="licensed")
    form = {"title": "Opening", "checklist": "zd-25", "opens_on": "2026-01-01", "closes_on": "2099-01-05",
            "letter": "Please", "contact": "Li", "telephone": "1"}  # fmt: skip
    now = datetime.now(UTC)
    campaign = send(session, person, form, ["school"], now, now.date())
    own = session.scalars(select(SelfCheck).where(SelfCheck.site_id == school.id)).one()
    special = _campaign(session, person, now)
    days = f"{COUNTY}~{special.first_day}~{special.first_day}~{now:%Y-%m-%d}T10:00:00Z~"
    return {"campaign": campaign.id, "asked": own.id, "special": special.id, "special_days": days,
            "special_day": special.first_day}  # fmt: skip


def _campaign(session: Session, person: Person, now: datetime) -> SpecialCampaign:
    """A campaign with a schedule, a sweep, a report, a dispatch and an instruction that was answered."""
    first, last = day_of(now) - timedelta(days=3), day_of(now) + timedelta(days=30)
    days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    special = make_campaign(session, person, name="Hundred days", purpose="", **days, **{"goal-made.all": "30"})
    make_sweep(session, person, special.id, name="Night round")
    line = {"item": "Begin", "responsible": "Office", **days}
    scheduling_of_campaigns.save(session, person, special.id, line | {"last_day": days["first_day"]}, now)
    keep(session, person, special.id, first, {"version": "0", "words": "Quiet"}, now)
    given = {"to": f"person:{person.id}", "text": "Walk on", "due_on": last.isoformat()}
    told = dispatching.instruct(session, person, special.id, given, now)
    dispatching.hold(session, person, special.id, {"words": "Faster"}, now)
    dispatching.answer(session, person, told.id, ReceiptKind.RECEIVED, {}, now)
    return special


def _reported(session: Session, person: Person, site: Site) -> dict[str, UUID]:
    """A frozen table with its words, a line of the schedule and a model case."""
    days = {"first_day": "2025-09-01", "last_day": "2026-08-31"}
    line = {"item": "Visits", "time": "Spring", "responsible": "Bureau", "kinds": ["routine"]} | days
    item = scheduling.save(session, person, 2025, line, NOW)
    told = {"site": site.name, "title": "Menu", "text": "Pupils choose", "found_on": "2026-11-02"}
    case = case_recording.record(session, person, told, NOW)
    year = of_days(COUNTY, date(2026, 1, 1), date(2026, 12, 31), NOW)
    enter(session, person, year, {"unit": "Bureau", "filled_by": "Li", "main-1": "Homework"}, NOW)
    return {"snapshot": freeze(session, person, year, NOW).id, "item": item.id, "case": case.id}


def _bulletins(session: Session, person: Person) -> dict[str, UUID]:
    """A draft with an edited section, and an earlier bulletin that is open to everyone."""
    signed = begin(session, person, BulletinKind.HALF_MONTH, "2026-10-20", NOW, "Wannian")
    sign(session, person, signed.id, seal_of(session, signed), NOW)
    publish_bulletin(session, person, signed.id, Audience.PUBLIC, NOW)
    draft = begin(session, person, BulletinKind.HALF_MONTH, f"{NOW.date()}", NOW, "Wannian")
    edit_section(session, person, draft.id, "tips", "Edited", 1, NOW)
    set_weights(session, person, WEIGHTS, NOW)
    session.commit()
    return {"bulletin": draft.id, "signed": signed.id}


WEIGHTS = {"service": "30", "training": "30", "complaints": "15", "rectification": "25", "least": "2",
           "basis": "Minutes", "valid_from": "2026-01-01"}  # fmt: skip


def _whistled(session: Session, tip_id: UUID) -> UUID:
    """A whistle that one department has answered."""
    key = {"county": COUNTY, "kind": DepartmentKind.MARKET}
    called = [Department(**key, id=new_id(), name=name) for name in ("Market", "Fire")]
    session.add_all(called)
    session.flush()
    head = make_person(session, Role.DISPATCHER, Role.ENFORCER, name="Wu", department_id=called[0].id)
    form = {
        "starts_at": "2099-01-05T09:30",
        "ends_at": "2099-01-05T11:30",
        "meeting_point": "Hall",
        "reason": "Fire",
    }
    moment = datetime(2099, 1, 1, tzinfo=UTC)
    whistle = whistling.blow(session, head, form, [str(each.id) for each in called], moment, tip_id=tip_id)
    calls = session.scalars(select(WhistleDepartment).order_by(WhistleDepartment.id)).all()
    whistling.accept(session, head, calls[0].id, {"person_id": str(head.id)}, moment)
    session.commit()
    return whistle.id


def _step(session: Session, person: Person, finding: Finding) -> UUID:
    """An interview that is prepared, to be held."""
    step = taking.begin(session, person, finding.id, StepKind.INTERVIEW, NOW, NOW.date())
    form = {"invited": "Head", "headcount": "1", "at": "2099-01-05T09:30", "place": "Office", "host": "Wang",
            "subject": "Late", "contact": "Li", "telephone": "1"}  # fmt: skip
    return taking.prepare(session, person, step.id, form, NOW).id


def _measures(session: Session, person: Person, site: Site) -> dict[str, UUID]:
    day = {"decided_on": "2026-11-02", "handed_on": "2026-11-02"}
    fine = {"kind": "fine", "body": "Market", "basis": "Law", "amount_yuan": "100", "reason": "Paid"} | day
    penalty = penalising.note_penalty(session, person, site.id, fine, NOW, NOW.date())
    penalising.change_penalty(session, person, penalty.id, fine, NOW, NOW.date())
    given = {"recipient": "Police", "matter": "Lessons", "papers": "Record"} | day
    handover = handing_over.hand_over(session, person, site.id, given, NOW, NOW.date())
    return {"penalty": penalty.id, "handover": handover.id}


def chinese_in(text: str) -> list[str]:
    """Chinese that isn't said to be Chinese: the words of a document are, and of a paper."""
    text = MARKED.sub("", text)
    for name in NAMES:
        text = text.replace(name, "")
    return CHINESE.findall(text)


PAGES = {
    "account.sign_in": "/account/sign-in?language=en",
    "account.password": "/account/password",
    "desk.checklists": "/checklists?q=power",
    "desk.checklist_page": f"/checklists/{POWER}",
    "desk.checklist_difference": f"/checklists/{POWER}/difference?from=1&to=2",
    "desk.edit_checklist_page": f"/checklists/{POWER}/edit",
    "desk.publish_checklist_page": f"/checklists/{POWER}/publish",
    "desk.copy_checklist_page": f"/checklists/{POWER}/1/copy",
    "desk.new_checklist_page": "/checklists/new",
    "desk.import_checklist_page": "/checklists/import",
    "desk.openings": "/openings?q=place",
    "hotline.screen": "/hotline",
    "hotline.call": "/hotline/calls/{call}",
    "hotline.mail_page": "/hotline/mail",
    "hotline.letter_page": "/hotline/letters",
    "desk.complainant_page": "/complainants/{complainant}",
    "desk.opening_page": "/openings/{opening}",
    "desk.dashboard": "/dashboard",
    "desk.ledger": "/ledger?show=all",
    "desk.ledger_runs": "/ledger/runs",
    "desk.ledger_run": "/ledger/runs/{ledger_run}",
    "desk.bulletins": "/bulletins",
    "desk.bulletin_page": "/bulletins/{bulletin}",
    "desk.preview_bulletin": "/bulletins/{bulletin}/preview",
    "desk.compare_bulletin": "/bulletins/{bulletin}/compare",
    "desk.masked_bulletin": "/bulletins/{signed}/masked",
    "desk.scores": "/scores?period=2026",
    "desk.score_weights": "/scores/weights",
    "desk.score_records": f"/scores/records?of={COUNTY}~2026-01-01~2026-12-31~2026-11-20T00:00:00Z~&cell=made.all",
    "public_bulletins.every": f"/bulletins/public/{COUNTY}",
    "public_bulletins.one": f"/bulletins/public/{COUNTY}/{{signed}}",
    "desk.rules_page": "/rules",
    "desk.rule_page": "/rules/lesson-end",
    "desk.new_rule_page": "/rules/new",
    "desk.new_rule_form": "/rules/new/lesson/lesson_minutes.at_most",
    "desk.edit_rule_page": "/rules/lesson-end/edit",
    "desk.calendar_page": "/calendar",
    "desk.period_page": "/calendar/periods/{period}",
    "desk.new_facts_page": "/checks/{check}/facts?subject=lesson",
    "desk.more_facts_page": "/facts/{observation}",
    "desk.orders": "/orders",
    "desk.order_numbers": "/orders/numbers",
    "desk.new_order_page": "/sites/{site}/order",
    "desk.order_page": "/orders/{answered}",
    "desk.responses": "/responses",
    "desk.self_checks": "/self-checks",
    "desk.new_self_check": "/self-checks/new",
    "desk.self_check_page": "/self-checks/{campaign}",
    "desk.export_self_check": "/self-checks/{campaign}/sites.csv",
    "portal.sheet_letter": "/answer/self-checks/{asked}",
    "portal.home": "/answer",
    "portal.own_letter": "/answer/orders/{answered}",
    "portal.link_letter": "/answer/{token}",
    "report.counties": "/report",
    "report.letter": f"/report/{COUNTY}",
    "report.ask": f"/report/{COUNTY}/status",
    "county_page.show": f"/public/{COUNTY}",
    "desk.documents_page": "/documents/rectification/{issued}",
    "desk.document_rows": "/documents/rectification/{issued}/rows",
    "desk.templates": "/templates",
    "desk.template_page": "/templates/rectification",
    "desk.edit_order_page": "/orders/{order}/edit",
    "desk.order_deadline": "/orders/deadline?days=15",
    "desk.steps": "/steps",
    "desk.step_page": "/steps/{step}",
    "desk.clock_page": "/steps/clock",
    "desk.ladder_page": "/steps/ladder",
    "desk.penalties": "/penalties",
    "desk.penalty_page": "/penalties/{penalty}",
    "desk.new_penalty_page": "/sites/{site}/penalty",
    "desk.handovers": "/handovers",
    "desk.handover_page": "/handovers/{handover}",
    "desk.new_handover_page": "/sites/{site}/handover",
    "desk.statistics": "/statistics?from=2026-01-01&to=2026-12-31",
    "desk.snapshot_page": "/statistics/snapshots/{snapshot}",
    "desk.compare_snapshots": "/statistics/snapshots/{snapshot}/compare",
    "desk.deliveries": "/statistics/deliveries",
    "level.counties": "/level",
    "desk.schedule_page": "/statistics/schedule?year=2025",
    "desk.schedule_item_page": "/statistics/schedule/{item}",
    "desk.inspectors": "/inspectors",
    "desk.cases": "/cases",
    "desk.case_page": "/cases/{case}",
    "desk.new_case_page": "/cases/new",
    "desk.map_page": "/",
    "desk.sites": "/sites?state=rectifying",
    "desk.suspects": "/suspects",
    "desk.public_lists": "/public-lists",
    "desk.site_place_page": "/sites/{site}/place",
    "desk.public_list_page": "/sites/{site}/public-list",
    "desk.tips": "/tips",
    "desk.tip_page": "/tips/{tip}",
    "desk.credibility_page": "/tips/credibility",
    "desk.whistles": "/whistles",
    "desk.whistle_page": "/whistles/{whistle}",
    "desk.whistle_form_of_tip": "/tips/{tip}/whistle",
    "desk.whistle_form_of_site": "/sites/{site}/whistle",
    "calls.calls": "/calls",
    "desk.findings": "/findings",
    "desk.finding_page": "/findings/{finding}",
    "desk.approvals": "/approvals",
    "desk.checks": "/checks",
    "desk.tasks": "/tasks",
    "desk.export": "/findings.csv",
    "desk.site_page": "/sites/{site}",
    "desk.edit_site_page": "/sites/{site}/edit",
    "desk.site_state_page": "/sites/{site}/state",
    "desk.assign_page": "/sites/{site}/task",
    "desk.new_site_page": "/sites/new?lon=117.07&lat=28.69",
    "desk.check_page": "/checks/{check}",
    "desk.canvass_visits": "/canvass/visits",
    "desk.visit_page": "/canvass/visits/{visit}",
    "desk.phones": "/phones",
    "desk.phone_page": "/phones/{phone}",
    "desk.parcels": "/parcels",
    "desk.parcel_page": "/parcels/{parcel}",
    "desk.conflicts": "/conflicts",
    "desk.site_conflict_page": "/conflicts/{conflict}",
    "desk.check_conflicts": "/check-conflicts",
    "desk.check_conflict_page": "/check-conflicts/{check_conflict}",
    "desk.plates": "/plates?sheet=a4",
    "desk.site_plate": "/sites/{site}/plate",
    "desk.style": "/style",
    "desk.list_imports": "/imports",
    "desk.show_import": "/imports/{run}",
    "desk.import_progress": "/imports/{run}/progress",
    "desk.download_problems": "/imports/{run}/problems.csv",
    "desk.grid": "/grid",
    "desk.cell_page": "/grid/cells/{cell_id}",
    "desk.draft_page": "/grid/drafts/{draft_id}",
    "desk.share_page": "/grid/share",
    "desk.canvass": "/canvass",
    "desk.new_campaign_page": "/canvass/new",
    "desk.campaign_page": "/canvass/{canvass_id}",
    "desk.change_campaign_page": "/canvass/{canvass_id}/change",
    "desk.special_campaigns": "/special-campaigns",
    "desk.new_special_campaign_page": "/special-campaigns/new",
    "desk.special_campaign_page": "/special-campaigns/{special}",
    "desk.change_special_campaign_page": "/special-campaigns/{special}/change",
    "desk.special_schedule": "/special-campaigns/{special}/schedule",
    "desk.special_reports": "/special-campaigns/{special}/reports",
    "desk.special_report": "/special-campaigns/{special}/reports/{special_day}",
    "desk.special_dispatch": "/special-campaigns/{special}/dispatch",
    "instructions.own": "/instructions",
    "desk.special_records": "/special-campaigns/{special}/records?cell=made.all&of={special_days}",
    "desk.coverage": "/coverage",
    "desk.zone_coverage": "/coverage/zones",
    "desk.coverage_map": "/coverage/map.html",
    "desk.zone_map": "/coverage/zones.html",
    "desk.township": "/township",
    "desk.targets": "/targets",
    "desk.new_target_page": "/targets/new",
    "desk.target_rules_page": "/targets/rules",
    "desk.target_list": "/targets/{target_list}?q=Little",
    "desk.target_page": "/targets/entries/{target_entry}",
    "desk.sweeps": "/sweeps?q=evening",
    "desk.new_sweep_page": "/sweeps/new",
    "desk.sweep_page": "/sweeps/{sweep}",
    "desk.sweep_plan": "/sweeps/{sweep}/plan",
    "desk.sweep_secrecy": "/sweeps/{sweep}/secrecy",
    "desk.sweep_findings": "/sweeps/{sweep}/findings?q=x",
    "desk.joint_sheet": "/joint-sheets/{check}",
    "desk.sweep_teams": "/sweeps/{sweep}/teams",
    "desk.sweep_team": "/sweep-teams/{team}",
    "desk.sweep_routes": "/sweeps/{sweep}/routes?since=1",
    "desk.sweep_mixes": "/sweep-mixes?new=1",
    "desk.sweep_simulation": "/sweeps/{sweep}/simulation",
    "desk.sweep_briefing": "/sweeps/{sweep}/briefing",
    "desk.sweep_report": "/sweeps/{ended}/report",
    "desk.sweep_live": "/sweeps/{ended}/live",
    "desk.sweep_report_map": "/sweeps/{ended}/report/map.html",
    "desk.sweep_replay": "/sweeps/{ended}/replay",
    "desk.sweep_replay_map": "/sweeps/{ended}/replay/map.html",
    "desk.edit_sweep_page": "/sweeps/{sweep}/edit",
    "desk.copy_sweep_page": "/sweeps/{sweep}/copy",
    "desk.draws": "/draws",
    "desk.new_draw_page": "/draws/new",
    "desk.draw_page": "/draws/{drawn}",
    "desk.officer_conflicts": "/draws/conflicts?q=Little",
    "public_draws.every": f"/public/{COUNTY}/draws",
    "public_draws.one": f"/public/{COUNTY}/draws/{{drawn}}",
    "desk.show_hotspots": "/hotspots",
    "desk.risk_page": "/risk",
    "desk.hotspot_progress": "/hotspots/{analysis}/progress",
    "desk.hotspot_page": "/hotspots/{analysis}/map.html",
    "desk.backtests": "/backtest",
    "desk.backtest_page": "/backtest/{backtest}",
    "desk.backtest_progress": "/backtest/{backtest}/progress",
    "desk.hotspot_runs": "/hotspot-runs",
    "desk.hotspot_cell": "/hotspots/{analysis}/cells/0",
    "desk.warnings": "/warnings",
    "desk.warning_page": "/warnings/{warning}",
    "desk.detectors": "/warnings/detectors",
    "desk.detector_page": "/warnings/detectors/near_repeat",
    "plates.open_plate": "/p/{site}?c=999999",
    "kept.frame": "/m/frame/en",
    "kept.manifest": "/m/manifest.webmanifest",
    "field.today": "/m",
    "field.nearby": "/m/nearby",
    "field.checks": "/m/checks",
    "field.sent_check": f"/m/checks/{ANY}",
    "field.draft": f"/m/check/{ANY}",
    "field.site": f"/m/sites/{ANY}",
    "field.new_site": "/m/sites/new",
    "field.cells": "/m/cells",
    "field.cell": f"/m/cells/{ANY}",
    "field.visit": f"/m/visit/{ANY}",
    "field.night": f"/m/night/{ANY}",
    "field.stop": f"/m/stop/{ANY}",
    "field.tips": "/m/tips",
    "field.sweeps": "/m/sweeps",
    "field.sweep": f"/m/sweeps/{ANY}",
    "field.new_tip": "/m/tips/new",
    "field.outbox": "/m/outbox",
    "field.rules": "/m/rules",
    "field.problems": "/m/problems",
    "field.me": "/m/me",
    "api.changes": "/api/v1/changes",
    "api.search": "/api/v1/search?q=Little",
    "api.sites_in_box": "/api/v1/sites/in-box?box=117,28.6,117.2,28.8",
    "api.tips_layer": "/api/v1/tips.geojson",
    "api.area_outlines": "/api/v1/areas/townships.geojson",
    "api.grid_cell_outlines": "/api/v1/grid-cells.geojson",
    "api.check_receipt": "/api/v1/checks/{check}/receipt",
    "api.own_receipts": "/api/v1/field/receipts",
}
# No words of ours: pictures, tiles, redirections, keys, scripts; what a phone sent as it came; Chinese keys on
# purpose; data with Chinese beside the English; an official paper, which is Chinese by law
WITHOUT = {
    "desk.sweep_briefing_map",  # the words of the map of the report; this plan has no route
    "desk.sweep_plan_content",  # JSON: seen in desk/test_sweep_plans
    "desk.sweep_revisions",
    "desk.target_sheet",
    "desk.sweep_board",
    "desk.sweep_stream",
    "public_draws.file",
    "desk.cells_geojson",
    "desk.draft_geojson",
    "desk.campaign_sheet",
    "report.challenge",
    "report.outlines",
    "report.land",
    "report.schools",
    "desk.bulletin_paper",
    "desk.bulletin_tables",
    "desk.bulletin_map",
    "desk.score_table",
    "public_bulletins.map_picture",
    "desk.ledger_workbook",
    "desk.export_visits",
    "desk.ledger_run_progress",
    "desk.ledger_run_file",
    "desk.open_ledger_view",
    "static",
    "hotline.schools",
    "account.home",
    "api.original",
    "api.picture",
    "api.recording",
    "api.check_record",
    "api.visit_receipt",
    "api.sweep_state",
    "api.public_keys",
    "kept.service_worker",
    "api.land_tile",
    "api.sites_tile",
    "api.ping",
    "api.own_sweeps",
    "api.sweep_packet",
    "api.sweep_key",
    "api.english_messages",
    "api.field_bundle",
    "api.checklist_version",
    "desk.export_checklist",
    "desk.checklist_template",
    "desk.order_paper",
    "desk.document_word",
    "desk.built_in_template",
    "desk.template_file",
    "desk.template_sample",
    "desk.document_file",
    "desk.proof_file",
    "desk.statistics_workbook",
    "level.sum_workbook",
    "level.delivery_page",  # of another county than the reader's: seen in test_level
    "level.records",
    "level.problem_page",
    "level.problem_photo",
    "desk.snapshot_workbook",
    "desk.schedule_workbook_file",
    "desk.step_paper",
    "desk.handover_paper",
}


def test_every_address_that_can_be_opened_is_looked_at_here(app: Flask) -> None:
    opened = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert opened == PAGES.keys() | WITHOUT


@needs_vendor
def test_no_page_shows_chinese_to_who_reads_english(
    reader: FlaskClient,
    session: Session,
    person: Person,
    site: Site,
    imported: ImportRun,
    analysed: HotspotRun,
    sent: dict[str, UUID],
    worked: dict[str, UUID],
    targeted: dict[str, UUID],
) -> None:
    check = session.scalars(select(casefile.Check.id).where(casefile.Check.site_id == site.id)).one()
    tip = session.scalars(select(casefile.Tip.id).where(casefile.Tip.site_id.is_not(None))).first()
    whistle = _whistled(session, tip)
    warning, backtest = make_warning(session).id, make_backtest(session).id
    warning = make_warning(session).id
    drawn = add_published(session, person)
    sweep = new_sweep(session, person, EVENING, datetime.now(UTC))
    ended = over(session, person, new_sweep(session, person, EVENING, datetime.now(UTC)), site, check)
    team = _routed(session, person, sweep, site)
    found = {}
    for name, path in PAGES.items():
        address = path.format(
            site=site.id,
            check=check,
            run=imported.id,
            analysis=analysed.id,
            tip=tip,
            whistle=whistle,
            warning=warning,
            backtest=backtest,
            drawn=drawn.id,
            sweep=sweep.id,
            ended=ended,
            team=team,
            **sent,
            **worked,
            **targeted,
        )
        answer = reader.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, answer.text[:500])
        if chinese := chinese_in(answer.text):
            found[name] = chinese
    assert found == {}


def _routed(session: Session, person: Person, sweep: Sweep, site: Site) -> UUID:
    """A team and its routes, found twice, with a stop that nobody can serve."""
    keys, now = KeyRing.of(["test"]).sweep, datetime.now(UTC)
    where = {"lon": "117.07", "lat": "28.69", "name": "Team A", "start_name": "Gate"}
    team = add_team(session, person, sweep.id, where)
    join(session, person, team.id, person.id)
    plan = SealedPlan(stops=(PlannedStop(id=new_id(), site_id=site.id, mix="closure"),))
    save_plan(session, person, keys, sweep, plan, sweep.plan_revision, now)
    for _ in range(2):
        solve(session, person, keys, sweep.id, sweep.plan_revision, now, 0.2)
    return team.id


LISTS = (
    "sites openings tips findings approvals ledger responses self-checks checks tasks steps"
    " steps/clock penalties handovers imports hotspots phones parcels conflicts check-conflicts plates"
    " grid canvass township coverage warnings warnings/detectors backtest"
    " grid canvass township coverage targets targets/new targets/rules"
    " grid canvass township coverage draws draws/conflicts"
    " risk sweeps sweeps/new"
)


@pytest.mark.parametrize("path", [f"/{name}" for name in LISTS.split()])
def test_empty_lists_speak_english(reader: FlaskClient, path: str) -> None:
    assert chinese_in(reader.get(path).text) == []


def test_a_list_that_is_looked_at_before_it_is_stored_speaks_english(reader: FlaskClient) -> None:
    rows = "code,text,section,applies to\na b,Wires,Power,moon\na b,,Power,\n,Plugs,Power,school\n"
    answer = reader.post("/checklists/import", data={"file": (io.BytesIO(rows.encode()), "power.csv")})
    assert "Unknown kind of site" in answer.text
    assert chinese_in(answer.text) == []
    problems = reader.post("/checklists/new", data={"short_code": "X", "row": ["r0"], "r0-code": "a b"})
    assert problems.status_code == 422
    assert chinese_in(problems.text) == []


def test_checklists_are_shown_in_their_own_english(reader: FlaskClient, session: Session, site: Site) -> None:
    check = session.scalars(select(casefile.Check.id)).first()
    page = reader.get(f"/checks/{check}").text
    assert "Teaching at school" in page
    assert "Offers every course the state prescribes" in page


def test_the_words_of_the_phones_bundle_are_english(reader: FlaskClient, site: Site) -> None:
    bundle = reader.get("/api/v1/field/bundle").json
    assert chinese_in(str(bundle["vocabulary"])) == []
    assert ["routine", "Routine"] in bundle["vocabulary"]["check_kinds"]


def test_errors_speak_english_as_page_and_as_json(reader: FlaskClient) -> None:
    for answer in (
        reader.get("/nowhere"),
        reader.get("/api/v1/nowhere"),
        reader.get("/api/v1/sites/in-box?box=1,2"),
        reader.post("/hotspots", data={"days": "5"}),
        reader.post("/imports", data={}),
        reader.post("/account/password", data={"old": "x", "new": "a", "again": "b"}),
    ):
        assert answer.status_code >= 400
        assert chinese_in(answer.text) == []


def test_the_choice_of_language_is_each_persons_own(
    app: Flask, client: FlaskClient, sign_in: Callable[[str], FlaskClient], session: Session
) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    make_person(session, Role.DISPATCHER, login="wang")
    assert 'lang="zh-CN"' in sign_in("li").get("/style").text
    assert client.post("/account/look", data={"language": "en", "next": "/style"}).location == "/style"
    assert '<html lang="en"' in client.get("/style").text
    client.post("/account/sign-out")
    assert "Wrong login or password" in client.post("/account/sign-in", data={"login": "li"}).text
    assert '<html lang="zh-CN"' in sign_in("wang").get("/style").text
    client.delete_cookie("language")
    assert '<html lang="en"' in sign_in("li").get("/style").text


def test_a_stranger_chooses_the_language_of_the_sign_in_page(client: FlaskClient) -> None:
    page = client.get("/account/sign-in?language=en&next=/m", follow_redirects=True)
    assert page.request.full_path == "/account/sign-in?next=/m"
    assert "<h1>Sign in</h1>" in page.text
    assert "<h1>登录</h1>" in client.get("/account/sign-in?language=zh", follow_redirects=True).text


def test_a_language_we_do_not_speak_changes_nothing(client: FlaskClient) -> None:
    client.set_cookie("language", "../../etc")
    assert "<h1>登录</h1>" in client.get("/account/sign-in?language=fr").text


@pytest.mark.parametrize(("n", "words"), [(1, "1 open finding"), (3, "3 open findings")])
def test_a_message_chooses_its_plural(app: Flask, n: int, words: str) -> None:
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert translated(say("{n} 个问题未销号", n=n)) == words


def test_a_message_within_a_message_is_translated_too(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert translated(say("看来是 {datum}", datum=say("BD-09（百度地图）"))) == "Looks like BD-09 (Baidu Maps)"
        assert translated(say("时段只能选 {options} 天", options=[30, 90])) == "The period can only be 30, 90 days"


def test_a_value_is_put_in_as_it_is(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert translated(say("找不到文件“{name}”", name="{0}{x:a|b}")) == "The file “{0}{x:a|b}” was not found"
