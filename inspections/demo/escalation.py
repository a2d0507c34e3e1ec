"""The ladder of the last weeks: the clock runs on each working day of the story, and people answer it.

All of it is done by the product's own commands, on the days of the story; events get the time of their deed.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..casework import handing_over, penalising, supervising, taking
from ..casework.climbing import climb
from ..casework.drafting import draft
from ..casework.findings import Finding, FindingState
from ..casework.issuing import issue
from ..casework.orders import OrderKind
from ..casework.signing import FIELDS
from ..casework.step_file import read_step_file
from ..casework.steps import Step, StepKind, StepState
from ..errors import Conflict, Invalid
from ..registry.people import Person, Role
from ..registry.sites import Site, SiteKind
from . import names, rhythm
from .book import moment
from .chance import Chance
from .orders import date_events, find_first, serve_on

DAYS = 24  # how far back the clock's days are told
LEFT_OPEN = 4  # proposals of the last days wait for a decision still
BACKLOG = timedelta(days=40)  # what was late for longer when the clock began is left to a campaign
HOST, PLACE = "分管副局长", "县教体局三楼会议室"
WHY_LATER = "督办时钟启用前的积压问题，列入年底专项清查统一处理"
WHY_NOT = (
    "学校已提交整改报告，待复查后再定",
    "责任督学到校核实，正在整改，暂不升级",
    "已由镇街联合督办，不另发督办单",
    "机构已停业，转为处罚程序",
)
SAID = "通报检查发现的问题和逾期情况，重申整改要求，明确完成时限和责任人。"
PROMISED = "一周内停止违规行为，清退费用，整改材料报县教体局；今后每月自查一次。"


class Story:
    """Who decides, how much of each kind was done so far, and the interviews that are still to be held."""

    def __init__(self, session: Session, today: date, chance: Chance, dispatcher: Person, director: Person):
        self.session, self.today, self.chance = session, today, chance
        self.dispatcher, self.director = dispatcher, director
        self.done: dict[StepKind, int] = dict.fromkeys(StepKind, 0)
        self.to_hold: list[tuple[Step, datetime]] = []

    def tell(self) -> None:
        for day in rhythm.days_until(self.today, DAYS):
            if not rhythm.is_workday(day):
                continue
            climb(self.session, names.COUNTY_CODE, moment(day, 0.12))
            self._put_off_backlog(day)
            self._hold_interviews(day)
            self._answer(day)
        self._hold_accountable(max(filter(rhythm.is_workday, rhythm.days_until(self.today, DAYS))))
        climb(self.session, names.COUNTY_CODE, moment(self.today, 0.12))

    def _put_off_backlog(self, day: date) -> None:
        """Hundreds of clicks of the leader, in one statement."""
        late = self.today - timedelta(days=DAYS) - BACKLOG
        at = {"at": moment(day, 9.4), "late": late, "why": WHY_LATER, "leader": self.director.id}
        self.session.execute(text(PUT_OFF), at | {"county": names.COUNTY_CODE})
        self.session.expire_all()

    def _hold_accountable(self, day: date) -> None:
        """One body decides by itself, without waiting for the clock."""
        given = select(Step.finding_id).where(Step.county == names.COUNTY_CODE, Step.kind == StepKind.NOTICE,
                                              Step.state == StepState.DONE)  # fmt: skip
        finding_id = self.session.scalars(given.limit(1)).first()
        if finding_id:
            deed = (finding_id, StepKind.ACCOUNTABILITY, moment(day, 9), day)
            self._sign(taking.begin(self.session, self.dispatcher, *deed), day)

    def _answer(self, day: date) -> None:
        """What has waited for two days is decided; what came lately waits."""
        if day > self.today - timedelta(days=LEFT_OPEN):
            return
        waiting = select(Step).where(
            Step.county == names.COUNTY_CODE, Step.state == StepState.PROPOSED, Step.signed_at.is_(None),
            Step.due_on <= day - timedelta(days=1),
        )  # fmt: skip
        for step in self.session.scalars(waiting.order_by(Step.due_on, Step.id)).all():
            self.session.refresh(step)
            if step.state is StepState.PROPOSED:
                self._decide(step, day)

    def _decide(self, step: Step, day: date) -> None:
        wanted = {StepKind.SUPERVISION: 2, StepKind.INTERVIEW: 2, StepKind.NOTICE: 1}
        try:
            if self.done[step.kind] < wanted.get(step.kind, 0) and self.chance.happens(0.7):
                self._supervise(step, day) if step.kind is StepKind.SUPERVISION else self._sign(step, day)
                self.done[step.kind] += 1
                return
        except (Conflict, Invalid):
            pass  # such as a site whose problem is in another order by now
        why = self.chance.choice(WHY_NOT)
        taking.skip(self.session, self.director, step.id, why, moment(day, self.chance.uniform(9, 11)))

    def _supervise(self, step: Step, day: date) -> None:
        form = supervising.supervision_form(self.session, self.dispatcher, step.id, day)
        finding = self.session.get_one(Finding, (step.county, step.finding_id))
        taken = [name.removeprefix("take-") for name in form if name.startswith("take-")]
        form |= {name: form.get(name) or "000-0000000" for name in ("telephone",)}
        for each in taken:
            form[f"lead-{each}"] = form.get(f"lead-{each}") or HOST
            form[f"department-{each}"] = form.get(f"department-{each}") or names.BUREAU
            form[f"days-{each}"] = "5"
        officers = [str(form[name]) for name in FIELDS if form.get(name)]
        if len(officers) < len(FIELDS):
            raise Invalid
        order = draft(self.session, self.dispatcher, finding.site_id, OrderKind.SUPERVISION, form, day)
        issue(self.session, self.director, order.id, moment(day, 10.2), day)
        if self.done[StepKind.SUPERVISION] % 2 == 0:
            serve_on(self.session, self.dispatcher, order, day, self.chance)

    def _sign(self, step: Step, day: date) -> None:
        at = moment(day, 9.2)
        form = read_step_file(self.session, self.dispatcher, step.id, at).offered | {"telephone": "000-0000000"}
        held = moment(rhythm.next_workday(day + timedelta(days=2)), 9.5)
        if step.kind is StepKind.INTERVIEW:
            local = (held + timedelta(hours=8)).replace(tzinfo=None)
            form |= {"at": local.isoformat(timespec="minutes"), "host": HOST, "place": PLACE}
        if step.kind is StepKind.ACCOUNTABILITY:
            form |= {"decided_on": day.isoformat(), "measure": "责令作出书面检查，取消年度评优资格"}
            form |= {"basis": "本县教育督导问责有关规定"}
        taking.prepare(self.session, self.dispatcher, step.id, form, at)
        taking.sign(self.session, self.director, step.id, moment(day, 10.4), day)
        if step.kind is StepKind.INTERVIEW:
            self.to_hold.append((step, held))

    def _hold_interviews(self, day: date) -> None:
        """Each is held on its day, but for the last one called, which lies ahead or was put off."""
        for step, held in [each for each in self.to_hold if each[1] <= moment(day, 12)]:
            self.to_hold.remove((step, held))
            assert step.draft is not None
            form = {
                "held_at": step.draft["at"], "held_place": PLACE, "held_by": HOST,
                "attended": f"{step.draft['invited']}、分管负责人",
                "attended_count": "2",
                "said": SAID, "commitments": PROMISED, "recorder": self.dispatcher.name,
            }  # fmt: skip
            taking.record(self.session, self.dispatcher, step.id, form, moment(day, 16.5))


def write_escalation(session: Session, today: date, seed: str) -> None:
    """As the owner of the database, in the county's scope, after the orders."""
    chance = Chance(seed, "escalation")
    dispatcher, director = (find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR))
    if dispatcher is None or director is None:
        return
    story = Story(session, today, chance, dispatcher, director)
    story.tell()
    _write_measures(session, dispatcher, today)
    session.flush()
    session.execute(text(DATE_EVENTS), {"county": names.COUNTY_CODE})
    date_events(session)


def _write_measures(session: Session, dispatcher: Person, today: date) -> None:
    """A fine that was paid, a closure, a sign taken down, a refund; and two cases handed to other departments."""
    found = session.scalars(
        select(Finding)
        .join(Site, (Site.county == Finding.county) & (Site.id == Finding.site_id))
        .where(
            Finding.county == names.COUNTY_CODE,
            Finding.state == FindingState.RECTIFYING,
            Site.kind != SiteKind.SCHOOL,
        )
        .order_by(Finding.due_on, Finding.id)
    ).all()
    sites = list({finding.site_id: finding for finding in found}.values())[:4]
    market, police = f"{names.COUNTY}市场监督管理局", f"{names.COUNTY}公安局"
    for n, (finding, given) in enumerate(zip(sites, _penalties(market, today), strict=False)):
        day = today - timedelta(days=12 - 2 * n)
        form = given | {"decided_on": day.isoformat(), "finding_id": str(finding.id)}
        penalty = penalising.note_penalty(session, dispatcher, finding.site_id, form, moment(day, 15), day)
        if n == 0:
            paid = day + timedelta(days=6)
            form |= {"state": "carried_out", "carried_out_on": paid.isoformat(), "reason": "罚款已缴清，票据留存"}
            penalising.change_penalty(session, dispatcher, penalty.id, form, moment(paid, 16), paid)
    for n, (finding, recipient) in enumerate(zip(sites, (market, police), strict=False)):
        day = today - timedelta(days=20 - 12 * n)
        _hand_over(session, dispatcher, finding, recipient, day, is_answered=n == 0)


def _penalties(market: str, today: date) -> tuple[dict[str, Any], ...]:
    basis = {"basis": "见行政处罚决定书", "reference": f"市监罚〔{today.year}〕31号", "body": market}
    until = {"due_on": (today + timedelta(days=10)).isoformat()}
    signs = {"kind": "removal", "body": f"{names.COUNTY}城市管理局", "basis": "违规牌匾、广告逾期未改"}
    refund = {"kind": "refund", "body": names.BUREAU, "amount_yuan": "46800", "basis": "一次性收费超过三个月"}
    return (
        basis | {"kind": "fine", "amount_yuan": "20000"},
        basis | {"kind": "suspension", "reference": "", "basis": "无证无照办班，联合执法当场责令停业"},
        basis | signs | until,
        basis | refund | until,
    )


def _hand_over(
    session: Session, dispatcher: Person, finding: Finding, recipient: str, day: date, *, is_answered: bool
) -> None:
    form = {
        "recipient": recipient, "finding_id": str(finding.id), "handed_on": day.isoformat(),
        "matter": f"检查发现：{finding.text}。经多次督办仍未整改，涉嫌违法经营，请依职责查处。",
        "papers": "检查记录\n现场照片\n询问笔录", "due_back_on": (day + timedelta(days=15)).isoformat(),
    }  # fmt: skip
    sent = handing_over.hand_over(session, dispatcher, finding.site_id, form, moment(day, 10), day)
    if is_answered:
        back = day + timedelta(days=9)
        answer = {"state": "answered", "answered_on": back.isoformat(), "answer": "已立案查处，作出行政处罚决定",
                  "answer_reference": f"市监函〔{back.year}〕8号", "reason": "收到复函"}  # fmt: skip
        handing_over.note_answer(session, dispatcher, sent.root_id, answer, moment(back, 11), back)


PUT_OFF = """
    with put_off as (
        update steps set state = 'skipped', reason = :why, decided_at = :at, decided_by_id = :leader
        where county = :county and state = 'proposed' and signed_at is null and deadline < :late
        returning id, kind
    )
    insert into events (county, id, person_id, verb, subject, subject_id, detail)
    select :county, gen_random_uuid(), :leader, 'skip', 'steps', id, jsonb_build_object('kind', kind)
    from put_off
"""

# The commands write their events now; the story has them on the days of the deeds
DATE_EVENTS = """
    update events e set at = case e.verb
        when 'climb' then s.proposed_at
        when 'prepare' then coalesce(s.signed_at, s.proposed_at) - interval '1 hour'
        when 'sign' then s.signed_at
        when 'record' then s.decided_at + interval '6 hours'
        else coalesce(s.decided_at, s.proposed_at) end
    from steps s where e.county = :county and e.subject = 'steps' and s.county = e.county and s.id = e.subject_id
"""
