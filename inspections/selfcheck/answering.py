"""A school or institution answers a self-check: item by item, kept as a draft, then submitted for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..casework.drafting import CONTROLS
from ..casework.proofs import Proof, proofs_of
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..events import Actor
from ..field.checklists import ChecklistItem
from ..field.checks import Verdict
from ..registry.people import Person
from ..registry.sites import Site
from .campaigns import (
    SelfCheck,
    SelfCheckAnswer,
    SelfCheckCampaign,
    SelfCheckState,
    answers_to,
    items_for,
)

CHOICES = (Verdict.COMPLIANT, Verdict.NOT_COMPLIANT, Verdict.NOT_APPLICABLE)
LONGEST_NOTE = 500
LONGEST = {"name": 50, "telephone": 40}


@dataclass(frozen=True)
class Sheet:
    """A self-check as a site reads and fills it. `closed` says why it can't be answered now."""

    self_check: SelfCheck
    campaign: SelfCheckCampaign
    site: Site
    items: Sequence[ChecklistItem]
    answers: Mapping[str, SelfCheckAnswer]
    proofs: Mapping[str, Sequence[Proof]]
    closed: Message | None


def own_self_checks(session: Session, person: Person) -> list[tuple[SelfCheck, SelfCheckCampaign]]:
    """What a head's site was asked, the newest first."""
    require(person, "response.send")
    query = visible(person, SelfCheck).order_by(SelfCheck.id.desc())
    return [
        (each, session.get_one(SelfCheckCampaign, (each.county, each.campaign_id)))
        for each in session.scalars(query)
    ]


def own_self_check(session: Session, person: Person, self_check_id: UUID) -> SelfCheck:
    """Of the own site. Raises NotFound, Forbidden."""
    require(person, "response.send")
    return get(session, person, SelfCheck, self_check_id)


def read_sheet(session: Session, self_check: SelfCheck, now: datetime) -> Sheet:
    """What a site is asked and what it has said so far. The caller may see it."""
    campaign = session.get_one(SelfCheckCampaign, (self_check.county, self_check.campaign_id))
    site = session.get_one(Site, (self_check.county, self_check.site_id))
    items = items_for(session, campaign, site)
    proofs = proofs_of(session, self_check.county, [self_check.id]).get(self_check.id, {})
    answers = answers_to(session, self_check)
    return Sheet(self_check, campaign, site, items, answers, proofs, _closed(self_check, campaign, now))


def _closed(self_check: SelfCheck, campaign: SelfCheckCampaign, now: datetime) -> Message | None:
    if self_check.submitted_at is not None:
        return say("{day} 已提交，不能再改", day=day_of(self_check.submitted_at).isoformat())
    if campaign.ended_at is not None:
        return say("这次自查已经结束，不再接收；有疑问请联系{contact}，电话 {telephone}",
                   contact=campaign.contact, telephone=campaign.telephone)  # fmt: skip
    if day_of(now) < campaign.opens_on:
        return say("{day} 开始填写", day=campaign.opens_on.isoformat())
    return None


def save(
    session: Session, sender: Actor, self_check: SelfCheck, form: Mapping[str, Any], now: datetime
) -> SelfCheck:
    """Keep what is filled in so far; nothing has to be complete. Raises Conflict, Invalid."""
    sheet = _open(session, self_check, now)
    _keep(session, sheet, _read(form, sheet.items, complete=False))
    check = sheet.self_check
    _sign(check, sender, now)
    check.state = SelfCheckState.DRAFT
    for name, longest in LONGEST.items():
        setattr(check, name, _words(form, name)[:longest])
    session.flush()
    return check


def submit(
    session: Session, sender: Actor, self_check: SelfCheck, form: Mapping[str, Any], now: datetime
) -> SelfCheck:
    """Answer every item, for good; after the closing date it is late. Raises Conflict, Invalid by field."""
    sheet = _open(session, self_check, now)
    said = _read(form, sheet.items, complete=True)
    check = sheet.self_check
    check.name, check.telephone = _words(form, "name"), _words(form, "telephone")
    _keep(session, sheet, said)
    late = day_of(now) > sheet.campaign.closes_on
    _sign(check, sender, now)
    check.submitted_at, check.state = now, SelfCheckState.LATE if late else SelfCheckState.SUBMITTED
    sent = update(Proof).where(Proof.county == check.county, Proof.form_id == check.id)
    session.execute(sent.values(submitted_at=now))
    session.flush()
    events.record(session, sender, "submit", check, site_id=str(check.site_id), is_late=late)
    return check


def _open(session: Session, self_check: SelfCheck, now: datetime) -> Sheet:
    session.refresh(self_check, with_for_update=True)
    sheet = read_sheet(session, self_check, now)
    if sheet.closed:
        raise Conflict(sheet.closed)
    return sheet


def _sign(check: SelfCheck, sender: Actor, now: datetime) -> None:
    check.begun_at, check.person_id = check.begun_at or now, sender.person_id
    check.invitation_id = None if sender.person_id else sender.id


def _keep(session: Session, sheet: Sheet, said: Mapping[str, tuple[Verdict, str]]) -> None:
    key = {"county": sheet.self_check.county, "self_check_id": sheet.self_check.id}
    session.execute(
        delete(SelfCheckAnswer).where(
            SelfCheckAnswer.county == key["county"], SelfCheckAnswer.self_check_id == key["self_check_id"]
        ),
        execution_options={"synchronize_session": "fetch"},
    )
    session.add_all(
        SelfCheckAnswer(**key, item_code=code, verdict=verdict, note=note)
        for code, (verdict, note) in said.items()
    )
    session.flush()


def _read(
    form: Mapping[str, Any], items: Sequence[ChecklistItem], *, complete: bool
) -> dict[str, tuple[Verdict, str]]:
    problems: dict[str, Message] = {}
    codes = {item.code for item in items}
    if {key.partition("-")[2] for key in form if key.startswith(("verdict-", "note-"))} - codes:
        problems["items"] = say("有的条目不属于这份自查，请刷新页面后重新填写")
    said: dict[str, tuple[Verdict, str]] = {}
    for code in codes:
        verdict = next((each for each in CHOICES if each == form.get(f"verdict-{code}")), None)
        note = _words(form, f"note-{code}")
        if len(note) > LONGEST_NOTE:
            problems[f"note-{code}"] = say("最多 {n} 字，现在 {m} 字", n=LONGEST_NOTE, m=len(note))
        if verdict is None:
            if complete:
                problems[f"verdict-{code}"] = say("请选择")
            continue
        if complete and verdict is Verdict.NOT_COMPLIANT and not note:
            problems[f"note-{code}"] = say("不符合的，请写明情况和打算怎么改")
        said[code] = (verdict, note)
    if complete:
        missing = {"name": say("请填写填报人的姓名"), "telephone": say("请填写联系电话")}
        problems |= {name: message for name, message in missing.items() if not _words(form, name)}
        for name, longest in LONGEST.items():
            if len(_words(form, name)) > longest:
                problems[name] = say("最多 {n} 字，现在 {m} 字", n=longest, m=len(_words(form, name)))
    if problems:
        raise Invalid(problems)
    return said


def _words(form: Mapping[str, Any], name: str) -> str:
    return CONTROLS.sub("", str(form.get(name) or "").replace("\r\n", "\n")).strip()
