"""Every page, by who may open it, wide and narrow, in each theme: nothing to say for axe, console and policy."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from inspections.casework import handing_over, penalising, taking
from inspections.casework.approvals import ApprovalKind
from inspections.casework.approving import ask
from inspections.casework.climbing import climb
from inspections.casework.findings import FindingState
from inspections.casework.invitations import Guest, token_of
from inspections.casework.inviting import invite
from inspections.casework.legal_reviewing import ask_review
from inspections.casework.orders import Order
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.recusing import ask_recusal
from inspections.casework.responding import submit
from inspections.casework.steps import StepKind
from inspections.days import day_of
from inspections.db import new_id, scope
from inspections.evidence.keys import KeyRing
from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list
from inspections.field.checks import Check, CheckKind, Verdict
from inspections.field.tasks import assign
from inspections.intake import whistling
from inspections.intake.complainants import keep_identity
from inspections.intake.opening import ask_to_open
from inspections.intake.tips import Tip
from inspections.intake.whistles import WhistleDepartment
from inspections.ledger import doing
from inspections.ledger.runs import DeedKind
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Person, Role
from inspections.registry.sites import LicenceState, Site, SiteKind
from inspections.reporting.bulletins.bulletins import Audience, BulletinKind
from inspections.reporting.bulletins.drafting import begin as begin_bulletin
from inspections.reporting.bulletins.drafting import edit_section
from inspections.reporting.bulletins.signing import publish, seal_of, sign
from inspections.reporting.case_recording import record
from inspections.reporting.figures import of_days
from inspections.reporting.figures.freezing import freeze
from inspections.reporting.scheduling import begin as begin_schedule
from inspections.rules.amending import amend
from inspections.rules.observing import observe
from inspections.rules.proposals import judge_check
from inspections.rules.school_year import set_period
from inspections.rules.subjects import Subject
from inspections.selfcheck.campaigns import SelfCheck
from inspections.selfcheck.sending import send
from inspections.special_campaigns import dispatching, scheduling
from inspections.special_campaigns.reporting_days import keep
from inspections.sweeps import editing, solving, team_editing
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.steps import AddStops
from inspections.targeting.target_lists.computing import entries_of, make_list
from inspections.targeting.target_lists.county_settings import USUAL
from inspections.targeting.target_lists.deciding import refuse
from inspections.targeting.target_lists.lists import EntryState
from inspections.targeting.target_lists.plan import Rechecks, usual
from tests.answers import answer_form
from tests.canvassed import make_grid
from tests.casefile import make_answer, make_area, make_check, make_finding, make_licence, make_photo, make_tip
from tests.complainants import KEYS, WANG
from tests.drawn import add_draw
from tests.early_warnings import make_backtest, make_warning
from tests.ended_sweep import over
from tests.factories import PASSWORD, PLACE, make_person, make_site
from tests.lists import as_csv
from tests.lost_phone import Shown, make_all
from tests.orders import AT, LATER, Case
from tests.special import make_campaign
from tests.special import make_sweep as make_night
from tests.walks import make_visit

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Colours are the same at each width and places in each theme, so that not every theme is looked at in each width
COLOURS = ["color-contrast"]
# Each page is looked at in light, and in one of the others: all are made of the same tokens and the same parts
LOOKS = [(WIDE, "light", None), (WIDE, "contrast", COLOURS), (NARROW, "night", None)]
LOGINS = ("li", "zhang", "sun", "zheng", "liu")
STEPS = (
    "start",
    "known",
    "facts",
    "items-1",
    "items-2",
    "items-3",
    "items-4",
    "photos",
    "position",
    "signature",
    "finish",
)
NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"
# Answers that are no pages: files, and what scripts ask for
NO_PAGES = {"desk.sweep_briefing_map", "desk.sweep_board", "desk.sweep_stream",
            "desk.sweep_plan_content", "desk.sweep_revisions",
            "static", "desk.cells_geojson", "desk.draft_geojson", "desk.campaign_sheet",
            "desk.export", "desk.export_visits", "desk.target_sheet",
            "desk.ledger_workbook", "desk.ledger_run_progress",
            "desk.ledger_run_file", "desk.open_ledger_view",
            "desk.download_problems", "desk.import_progress", "desk.hotspot_progress", "desk.backtest_progress",
            "desk.export_checklist", "desk.checklist_template", "desk.order_deadline", "desk.order_paper",
            "desk.step_paper", "desk.handover_paper", "desk.bulletin_paper", "desk.bulletin_tables",
            "desk.bulletin_map", "desk.score_table", "public_bulletins.map_picture", "public_draws.file",
            "desk.built_in_template", "desk.template_file", "desk.template_sample",
            "desk.document_rows", "desk.document_word", "desk.document_file",
            "desk.statistics_workbook", "level.problem_photo", "level.sum_workbook", "desk.snapshot_workbook",
            "desk.schedule_workbook_file", "desk.proof_file", "desk.export_self_check",
            "report.challenge", "report.outlines", "report.land", "report.schools",
            "hotline.schools", "account.home", "kept.frame", "kept.manifest", "kept.service_worker"}  # fmt: skip


@dataclass
class County:
    county: str
    site: str
    check: str
    task_site: str
    order: str
    observation: str
    period: str
    escalated: dict[str, str]
    finding: str
    struck_off: str
    bulletins: dict[str, str]
    reported: dict[str, str]
    checklist: str
    token: str
    asked: dict[str, UUID]
    complained: dict[str, UUID]
    shown: Shown
    ledger_run: str
    tip: str
    whistle: str
    grid: dict[str, UUID]
    targets: dict[str, UUID]
    visit: str
    drawn: str
    sweep: str
    team: str
    ended: str
    paths: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def county(live) -> County:
    with live.session() as session:
        code = live.county
        li = make_person(session, Role.DISPATCHER, county=code, login="li", name="李调度")
        zhang = make_person(session, Role.INSPECTOR, county=code, login="zhang", name="张敏", certificate="赣E001")
        make_person(session, Role.AUDITOR, county=code, login="sun", name="孙平")
        make_person(session, Role.SUPERIOR, county=code, login="zheng", name="郑书平")
        make_area(session, "青云县", AreaLevel.COUNTY, (116.9, 28.5, 117.2, 28.9), code)
        make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (116.95, 28.55, 117.15, 28.85), code)
        site = make_site(
            session,
            PLACE,
            code,
            name="青云路托管班",
            licence_state=LicenceState.NONE,
            address="青云路 18 号幸福小区 3 栋地下室",
        )
        make_licence(session, site, holder="万年县启航文化传播有限公司")
        recent = datetime.now(UTC) - timedelta(days=2)
        check = make_check(session, site, zhang, photos=2, device_finished_at=recent)
        make_answer(session, check, "zd-15", Verdict.NOT_COMPLIANT, "地下室有课桌")
        make_finding(session, site, check)
        tips = [make_tip(session, site, received_at=recent - timedelta(days=step)) for step in range(30)]
        other = make_site(session, (PLACE[0] + 0.002, PLACE[1]), code, name="星海艺术")
        make_finding(session, other, text="收费未公示")
        assign(session, li, other, zhang, CheckKind.TIP, date(2099, 1, 1), today=recent.date(), reason="晚间补课")
        shown = make_all(session, live.app.extensions["store"], other, zhang, li)
        listed = begin_list(
            session, li, "every", Content("用电", (ItemContent("e-1", "电线", "没有私拉"),)), recent
        )
        judged = make_judged(session, li, check.id)
        order, token = make_order(session, code)
        findings = make_histories(session, code)
        escalated = make_escalated(session, li, site)
        run = doing.plan(session, li, DeedKind.OWN, {"show": ["all"]}, None, recent)
        ids = (code, str(site.id), str(check.id), str(other.id), str(order.id))
        asked = make_asked(session, li)
        told = (make_bulletins(session, li, site), make_reported(session, li, other))
        whistle = make_whistle(session, li, tips[0])
        named = (*findings, *told, listed.code, token, asked, make_complained(session, li), shown)
        township = session.scalars(select(Area).where(Area.name == "陈营镇")).one()
        grid = make_grid(session, township, li, "陈营第一网格")
        visit = make_visit(session, zhang, check.id)
        more = (
            str(run.id),
            str(tips[0].id),
            whistle,
            grid,
            make_targets(session, li),
            str(visit),
            str(add_draw(session, li, "第四季度双随机抽查").id),
            *map(str, make_sweep(session, li, site, other)),
        )
        return County(*ids, *judged, escalated, *named, *more)


def make_sweep(session: Session, dispatcher: Person, *sites: Site) -> tuple[UUID, UUID, UUID]:
    """A sweep that is being planned, with two stops, and a team with its route; and one that is over."""
    form = {"name": "周五晚联合行动", "day": "2098-11-28", "starts": "18:30", "ends": "21:00"}
    now = datetime.now(UTC)
    sweep = editing.new_sweep(session, dispatcher, form, now)
    step = AddStops(site_ids=tuple(site.id for site in sites))
    keys = KeyRing.of(["test"]).sweep
    editing.change(session, dispatcher, keys, sweep.id, 0, step, now)
    team = team_editing.add_team(session, dispatcher, sweep.id, {"lon": PLACE[0], "lat": PLACE[1]})
    team_editing.join(session, dispatcher, team.id, dispatcher.id)
    solving.solve(session, dispatcher, keys, sweep.id, 1, now, 0.2)
    ended = over(session, dispatcher, editing.new_sweep(session, dispatcher, form, now), sites[0])
    return sweep.id, team.id, ended


def make_targets(session: Session, dispatcher: Person) -> dict[str, UUID]:
    """A target list with one entry that was refused, and the next in its place."""
    for n in range(4):
        site = make_site(
            session, (PLACE[0] + 0.003 * n, PLACE[1] + 0.004), dispatcher.county, name=f"望湖 {n} 号班"
        )
        make_tip(session, site, received_at=datetime.now(UTC) - timedelta(days=1))
    now = datetime.now(UTC)
    plan = replace(usual(day_of(now), USUAL), wanted=3, rechecks=Rechecks.NONE)
    made = make_list(session, dispatcher, plan, 1, now)
    entries = entries_of(session, made, EntryState.PROPOSED)
    refuse(session, dispatcher, entries[0].id, "event", "考试", now)
    return {"list_id": made.id, "entry_id": entries[1].id}


def make_complained(session: Session, dispatcher: Person) -> dict[str, UUID]:
    """Who sent a tip about a child, and a request to read it that waits for the lead."""
    complainant = keep_identity(
        session, KEYS, make_tip(session, county=dispatcher.county), WANG, is_minor=True, wants_answer=True,
        forget_on=date(2099, 1, 1),
    )  # fmt: skip
    now = datetime.now(UTC)
    scope(session, dispatcher.county, dispatcher.id)  # nobody asks in another's name
    opening = ask_to_open(session, dispatcher, complainant.id, "核实补课地点，需回访", now)
    return {"complainant_id": complainant.id, "opening_id": opening.id}


def make_whistle(session: Session, dispatcher: Person, tip: Tip) -> str:
    """Two departments called to a tip's site, of which one comes."""
    key = {"county": dispatcher.county}
    kinds = (DepartmentKind.FIRE, DepartmentKind.URBAN)
    offices = [Department(**key, id=new_id(), name=f"县{each.value}局", kind=each) for each in kinds]
    session.add_all(offices)
    session.flush()
    comer = make_person(session, Role.ENFORCER, name="吴队长", department_id=offices[0].id, **key)
    form = {
        "starts_at": "2099-01-05T09:30",
        "ends_at": "2099-01-05T11:30",
        "meeting_point": "镇政府门口",
        "reason": "疑似消防隐患",
    }
    now = datetime(2099, 1, 1, tzinfo=UTC)
    whistle = whistling.blow(session, dispatcher, form, [str(each.id) for each in offices], now, tip_id=tip.id)
    calls = select(WhistleDepartment).where(WhistleDepartment.department_id == offices[0].id)
    whistling.accept(session, dispatcher, session.scalars(calls).one().id, {"person_id": str(comer.id)}, now)
    return str(whistle.id)


def make_order(session: Session, code: str) -> tuple[Order, str]:
    """A served notice with a link and a report that waits, and another draft at the same site; its findings can
    still be pressed for. `liu` is the head of the site.
    """
    case = Case(session, county=code, director="zhou")
    order = case.served()
    make_person(session, Role.SCHOOL_USER, county=code, login="liu", name="刘校长", site_id=case.site.id)
    keys = KeyRing.of(["test"]).link
    link = invite(session, case.director, order.id, keys, datetime.now(UTC))
    submit(session, Guest(code, link.id), order, answer_form(session, order), datetime.now(UTC))
    case.findings = [case.find("第三个问题")]
    case.drafted()
    case.find("第四个问题")
    return order, str(token_of(keys, link))


def make_histories(session: Session, code: str) -> tuple[str, str]:
    """A problem with a request, a recusal and a draft in legal review, and one that was struck off and is back."""
    case = Case(session, county=code, findings=2)
    before = make_photo(session, case.check, 9)
    open_one, back = case.findings
    case.served(findings=[back])
    case.struck_off(back)
    again = case.recheck(back, outcome=RecheckOutcome.NOT_FIXED, device_finished_at=LATER + timedelta(days=9))
    check = session.get_one(Check, (code, again.check_id))
    make_photo(session, check, 8, finding_id=back.id, before_id=before.id)
    order = case.drafted(findings=[open_one], **{f"measures-{open_one.id}": "责令停业整顿"})
    ask_review(session, case.dispatcher, order.id, AT)
    why = {"reason": "退费名单还在核对"}
    ask(session, case.dispatcher, open_one.id, ApprovalKind.SUSPENSION, why, AT, AT.date())
    recusal = why | {"person_id": str(case.officers[0].id), "origin": "party"}
    ask_recusal(session, case.dispatcher, open_one.id, recusal, AT)
    return str(open_one.id), str(back.id)


def make_reported(session: Session, dispatcher: Person, site: Site) -> dict[str, str]:
    """Two frozen tables, a schedule, a model case and an early warning."""
    now = datetime.now(UTC)
    year = of_days(dispatcher.county, date(now.year, 1, 1), date(now.year, 12, 31), now)
    freeze(session, dispatcher, year, now)
    school = make_site(session, county=site.county, name="城北小学")
    form = {"site": school.name, "title": "作业公示", "text": "每天公示", "found_on": f"{date(now.year, 1, 1)}"}
    case = record(session, dispatcher, form, now)
    items = begin_schedule(session, dispatcher, 2026)
    snapshot = freeze(session, dispatcher, year, now + timedelta(seconds=1))
    warning = make_warning(session, dispatcher.county)
    return {
        "snapshot_id": str(snapshot.id),
        "item_id": str(items[0].id),
        "case_id": str(case.id),
        "warning_id": str(warning.id),
        "backtest_id": str(make_backtest(session, dispatcher.county).id),
    }


def make_escalated(session: Session, dispatcher: Person, site: Site) -> dict[str, str]:
    """What the clock did, an interview that is prepared, a fine that was paid, and a hand-over."""
    now = datetime.now(UTC)
    today, check = now.date(), make_check(session, site, dispatcher)
    late = make_finding(session, site, check, state=FindingState.RECTIFYING, due_on=today - timedelta(days=30))
    climb(session, site.county, now)
    step = taking.begin(session, dispatcher, late.id, StepKind.INTERVIEW, now, today)
    form = {"invited": "负责人", "headcount": "2", "at": "2099-01-05T09:30", "place": "会议室", "host": "副局长",
            "subject": "逾期未整改", "contact": "李调度", "telephone": "0793-1234567"}  # fmt: skip
    taking.prepare(session, dispatcher, step.id, form, now)
    day = {"decided_on": f"{today - timedelta(days=2)}", "handed_on": f"{today - timedelta(days=2)}"}
    fine = {"kind": "fine", "body": "县市监局", "basis": "见处罚决定书", "amount_yuan": "20000"} | day
    penalty = penalising.note_penalty(session, dispatcher, site.id, fine, now, today)
    paid = fine | {"state": "carried_out", "carried_out_on": f"{today - timedelta(days=1)}", "reason": "已缴清"}
    penalising.change_penalty(session, dispatcher, penalty.id, paid, now, today)
    given = {"recipient": "县公安局", "matter": "阻碍检查", "papers": "检查记录\n照片"} | day
    handover = handing_over.hand_over(session, dispatcher, site.id, given, now, today)
    return {"step_id": str(step.id), "penalty_id": str(penalty.id), "handover_id": str(handover.id)}


def make_bulletins(session: Session, dispatcher: Person, site: Site) -> dict[str, str]:
    """The draft of this quarter with an edited section, and an earlier notice that is open to everyone."""
    now = datetime.now(UTC)
    director = make_person(session, Role.DIRECTOR, county=site.county, name="周组长")
    signed = begin_bulletin(
        session, dispatcher, BulletinKind.HALF_MONTH, f"{now.date() - timedelta(days=40)}", now, "县"
    )
    sign(session, director, signed.id, seal_of(session, signed), now)
    publish(session, director, signed.id, Audience.PUBLIC, now)
    draft = begin_bulletin(session, dispatcher, BulletinKind.QUARTERLY, f"{now.date()}", now, "县")
    edit_section(session, dispatcher, draft.id, "tips", "改过的文字", 1, now)
    return {"draft": str(draft.id), "signed": str(signed.id)}


def make_judged(session: Session, dispatcher: Person, check_id: UUID) -> tuple[str, str]:
    """Facts of a lesson that ended late, with a fact missing, judged; a term; a version of the county's own."""
    term = {"kind": "autumn_term", "first_day": "2026-09-01", "last_day": "2027-01-22", "source": "校历"}
    period = set_period(session, dispatcher, term)
    lesson = {"about": "二楼数学课", "is_subject": "yes", "is_online": "no", "ends_at": "20:45"}
    seen = observe(session, dispatcher, check_id, Subject.LESSON, lesson)
    judge_check(session, dispatcher, check_id, datetime.now(UTC))
    own = {"valid_from": "2099-01-01", "source": "县教育局文件", "limit-0-0": "20:00", "limit-1-0": "21:00"}
    amend(session, dispatcher, "lesson-end", own)
    return str(seen.id), str(period.id)


@pytest.fixture(scope="module")
def runs(live, county: County, chromium: Browser) -> dict[str, str]:
    """A dry run of a list with mistakes and a computed hotspot map, ordered by their own pages."""
    context = chromium.new_context(base_url=live.url, viewport=WIDE)
    page = signed_in(context, "li", "/imports")
    rows = [
        {"学校名称": "石镇小学", "经度": "0", "纬度": "0"},
        {"学校名称": "湖云小学", "经度": "117.07", "纬度": "28.69"},
    ]
    named = {"name": "名单.csv", "mimeType": "text/csv", "buffer": as_csv(rows)}
    page.get_by_label("文件", exact=True).set_input_files(named)
    page.get_by_role("button", name="上传并试读").click()
    page.wait_for_url("**/imports/*")
    listed = page.url.rsplit("/", 1)[1]
    page.goto("/hotspots")
    page.get_by_role("button", name="开始分析").click()
    page.wait_for_url("**/hotspots?run=*")
    computed = page.url.partition("run=")[2]
    context.close()
    live.work()
    return {"imports": listed, "hotspots": computed}


def signed_in(context: BrowserContext, login: str, path: str) -> Page:
    page = context.new_page()
    page.goto(f"/account/sign-in?next={path}")
    page.get_by_label("账号", exact=True).fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("html[data-ready]")
    return page


@pytest.fixture(scope="module")
def paths(live, county: County, runs: dict[str, str]) -> dict[str, list[str]]:
    """By login. The addresses come from the app: a new page is visited without being listed here."""
    facts = [f"/checks/{county.check}/facts?subject={each}" for each in ("lesson", "fee", "posting")]
    more = [
        "/statistics/schedule?year=2026",
        "/ledger?group=township&show=all",
        "/ledger?source=tip&age=7&department=none",
        "/steps?state=skipped",
        "/suspects",
        "/public-lists",
        f"/sites/{county.site}/place",
        "/penalties?q=nobody",
        "/rules?q=nothing-like-it",
        "/calendar?year=2098",
        "/rules/posted-items/edit",
        *facts,
    ]
    signed = county.bulletins["signed"]
    li = [
        *more,
        f"/bulletins/{signed}",
        f"/bulletins/{signed}/compare",
        f"/bulletins/public/{live.county}/{signed}",
        "/scores?period=2099",
        "/sites?q=nobody",
        f"/?site={county.site}",
        f"/?check={county.check}",
        f"/sites/{NOWHERE}",
        f"/findings/{county.struck_off}",
        "/nowhere",
    ]
    sun = [
        "/",
        f"/sites/{county.site}",
        "/hotspots",
        "/hotspot-runs",
        "/imports",
        "/openings",
        f"/steps/{county.escalated['step_id']}",
    ]
    zhang, zheng = ["/sites", f"/m/sites/{NOWHERE}"], ["/level?period=2026-Q1"]
    found = {"li": li, "zhang": zhang, "sun": sun, "zheng": zheng, "liu": []}
    for rule in live.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith("/api/") or rule.endpoint in NO_PAGES:
            continue
        path = rule.build(
            {name: value_of(rule, name, county, runs) for name in rule.arguments}, append_unknown=False
        )[1]
        found[who_opens(rule)].append(path)
    return found


def make_asked(session: Session, dispatcher: Person) -> dict[str, UUID]:
    """A self-check that `liu` can answer."""
    liu = session.scalars(select(Person).where(Person.county == dispatcher.county, Person.name == "刘校长")).one()
    session.get_one(Site, (liu.county, liu.site_id)).kind = SiteKind.SCHOOL
    session.flush()
    day = datetime.now(UTC).date()
    form = {"title": "开学自查", "checklist": "zd-25", "opens_on": f"{day}", "closes_on": "2099-01-05",
            "letter": "请填写", "contact": "李", "telephone": "1"}  # fmt: skip
    campaign = send(session, dispatcher, form, ["school"], datetime.now(UTC), day)
    own = session.scalars(select(SelfCheck).where(SelfCheck.site_id == liu.site_id)).one()
    special = make_special(session, dispatcher, day)
    return {"campaign_id": campaign.id, "self_check_id": own.id, "special_id": special.id}


def make_special(session: Session, dispatcher: Person, day: date) -> SpecialCampaign:
    """A campaign that began yesterday, with a schedule, a sweep, a report and an instruction."""
    now, first, last = datetime.now(UTC), day - timedelta(days=1), day + timedelta(days=30)
    special = make_campaign(session, dispatcher, first_day=f"{first}", last_day=f"{last}")
    make_night(session, dispatcher, special.id)
    scheduling.begin(session, dispatcher, special.id, now)
    keep(session, dispatcher, special.id, first, {"version": "0", "words": "正常"}, now)
    given = {"to": f"person:{dispatcher.id}", "text": "加快排查", "due_on": f"{last}"}
    dispatching.instruct(session, dispatcher, special.id, given, now)
    return special


def who_opens(rule: Rule) -> str:
    if rule.endpoint == "portal.home" or rule.endpoint.startswith(("portal.own_", "portal.sheet_")):
        return "liu"
    return {"field": "zhang", "level": "zheng"}.get(rule.endpoint.partition(".")[0], "li")


def value_of(rule: Rule, name: str, county: County, runs: dict[str, str]) -> Any:
    if rule.rule.startswith(("/m/night", "/m/stop")):
        return UUID(NOWHERE)  # what stands there the phone knows: test_sweep_night.py
    if name == "run_id" and rule.rule.startswith("/ledger"):
        return UUID(county.ledger_run)
    if name == "run_id":
        return UUID(runs[rule.rule.split("/")[1]])
    if name == "position":
        return 0
    if name == "token":
        return county.token
    if name in {"visit_id", "cell_id"} and rule.rule.startswith(("/m/", "/canvass/visits")):
        return UUID(NOWHERE if name == "cell_id" else county.visit)
    if rule.rule.startswith(("/grid", "/canvass")):
        return county.grid["canvass_id" if name == "campaign_id" else name]
    if name == "day":
        return day_of(datetime.now(UTC)).isoformat()
    if name in county.asked:
        return county.asked[name]
    if name in county.targets:
        return county.targets[name]
    if name in county.complained:
        return county.complained[name]
    if rule.endpoint == "desk.new_rule_form":
        return {"subject": "lesson", "name": "lesson_minutes.at_most"}[name]
    if name in {"code", "version"}:
        return {"code": county.checklist, "version": 1}[name]
    if name == "conflict_id":
        return county.shown.site_conflict if rule.rule.startswith("/conflicts") else county.shown.check_conflict
    if name in {"bulletin_id", "county_code"}:
        return UUID(county.bulletins["draft"]) if name == "bulletin_id" else county.county
    if name in {"phone_id", "parcel_id"}:
        return getattr(county.shown, name.removesuffix("_id"))
    if name == "code":
        return "lesson-end"
    if name == "name" and rule.rule.startswith("/warnings"):
        return "near_repeat"
    if name == "draw_id":
        return UUID(county.drawn)
    if name == "sweep_id":
        is_over = rule.endpoint.startswith(("desk.sweep_report", "desk.sweep_replay"))
        return UUID(county.ended if is_over else county.sweep)
    if name == "team_id":
        return UUID(county.team)
    if name in {"tip_id", "whistle_id"}:
        return UUID(county.tip if name == "tip_id" else county.whistle)
    if name in {"area", "delivery_id", "grant_id"}:
        return "361128" if name == "area" else UUID(NOWHERE)
    if name in {"observation_id", "period_id"}:
        return UUID(getattr(county, name.removesuffix("_id")))
    if name in {"kind", "subject_id"}:
        return {"kind": "rectification", "subject_id": UUID(county.order)}[name]
    return UUID({"site_id": county.site, "check_id": county.check, "draft_id": NOWHERE,
                 "order_id": county.order, "finding_id": county.finding, **county.escalated,
                 **county.reported}[name])  # fmt: skip


@dataclass
class Watched:
    """A page and all that was wrong with it since it was last asked."""

    page: Page
    host: str
    said: list[str] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, kind: str, words: str) -> None:
        # The browser itself writes down that a page is a 404 or a 403; those are visited on purpose.
        if kind == "error" and "Failed to load resource: the server responded with a status of 40" not in words:
            self.said.append(f"console: {words}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.host, "data:", "blob:", "about:")):
            self.said.append(f"foreign: {url}")

    def wrong(self, complaints) -> list[Any]:
        """What was wrong while the page came, and in each look that it is turned to."""
        found = []
        self.seen += 1
        for number, (size, theme, rules) in enumerate(LOOKS):
            self.page.set_viewport_size(size)
            self.page.evaluate(TURN, theme)
            if number in (0, 1 + self.seen % 2):
                said = complaints(self.page, rules) if rules else complaints(self.page)
                found += [f"{theme}: {each}" for each in said]
            if over := self.page.evaluate(TOO_WIDE):
                found.append(f"{theme}: {over} px too wide at {size['width']}")
        found += self.said
        self.said.clear()
        self.page.set_viewport_size(WIDE)
        return found


TURN = "theme => { document.documentElement.dataset.theme = theme }"
TOO_WIDE = """() => Math.max(0, ...[document.documentElement, document.querySelector("main")]
    .filter(Boolean).map(each => each.scrollWidth - each.clientWidth))"""


@pytest.fixture
def context(chromium: Browser, live) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        base_url=live.url, viewport=WIDE, locale="zh-CN", reduced_motion="reduce",
        geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 12}, permissions=["geolocation"],
    )  # fmt: skip
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("login", LOGINS)
def test_nothing_is_wrong_on_any_page(context, live, county: County, paths, complaints, login: str) -> None:
    assert set(paths) == set(LOGINS)
    wrong = {}
    watched = Watched(signed_in(context, login, "/account/password"), live.url)
    checked = [*paths[login], *(begin(watched.page, county) if login == "zhang" else [])]
    for path in checked:
        visit(watched.page, path)
        if found := watched.wrong(complaints):
            wrong[path] = found
    assert wrong == {}


def begin(page: Page, county: County) -> list[str]:
    """The steps of a check that was begun."""
    page.goto(f"/m/sites/{county.task_site}")
    page.locator("#primary button").click()
    page.get_by_role("heading", name="检查信息").wait_for()
    draft = page.url.split("/check/")[1][:36]
    page.goto(f"/m/check/{draft}?step=facts")
    page.get_by_role("button", name="培训课", exact=True).click()
    page.get_by_role("heading", name="培训课").wait_for()
    group = page.url.split("step=")[1]
    again = f"/m/sites/{county.task_site}?recheck=1"
    return [again, *(f"/m/check/{draft}?step={step}" for step in (*STEPS, group))]


def visit(page: Page, path: str) -> None:
    page.goto(path)
    if path.partition("?")[0].endswith(".html"):
        page.locator(".leaflet-container").wait_for()
    else:
        page.wait_for_selector("html[data-ready]")
    if path.startswith("/?"):
        page.locator("#panel h1").wait_for()
