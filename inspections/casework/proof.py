"""The proof that a closure needs, piece by piece: the last re-check, its photos of the finding, who made it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..days import CHINA, day_of
from ..errors import Message, say
from ..field.checks import Check, CheckConflict, CheckKind, CheckState, Standing
from ..field.photos import Photo, PhotoPurpose, PhotoState
from ..registry.people import Person
from .approvals import pending_of
from .closures import Closure
from .findings import Finding
from .orders import Order, served_order_of
from .rechecks import Recheck, RecheckOutcome
from .recusals import recused_from


@dataclass(frozen=True)
class Evidence:
    """The re-check that could close a finding, its photos of that finding, and each piece that is missing yet."""

    recheck: Recheck | None = None
    check: Check | None = None
    photos: list[Photo] = field(default_factory=list)
    missing: list[Message] = field(default_factory=list)


def read_evidence(session: Session, finding: Finding) -> Evidence:
    """What there is for closing a finding, and what not. It counts from service, else from confirmation."""
    order = served_order_of(session, finding)
    since, known = _since(session, finding, order)
    found = last_recheck(session, finding)
    if found is None or found[1].device_finished_at < since:
        lack = known if found is None else _too_early(found[1], since, order)
        return Evidence(missing=[lack, *_of_approvals(session, finding)])
    recheck, check = found
    photos = _photos(session, recheck)
    missing = [
        *_of_approvals(session, finding),
        *_of_outcome(recheck),
        *_of_photos(photos),
        *_of_standing(session, finding, check),
        *_of_recusal(session, finding, check),
        *_of_conflict(session, check),
    ]
    return Evidence(recheck, check, photos, missing)


def _of_approvals(session: Session, finding: Finding) -> list[Message]:
    waiting = pending_of(session, finding)
    missing = [say("有一份{kind}申请还没有审批", kind=waiting.kind.label)] if waiting else []
    return missing + ([say("整改已中止，请先恢复")] if finding.suspended_at else [])


def _since(session: Session, finding: Finding, order: Order | None) -> tuple[datetime, Message]:
    """From when a re-check counts, and what to say if there is none. Service is known by its day."""
    since = finding.confirmed_at or finding.found_at
    said = say("还没有复查，请派人到现场复查并拍照")
    if order and order.served_on:
        since = max(since, datetime.combine(order.served_on, datetime.min.time(), CHINA))
    if reopened := last_reopening(session, finding):
        since = max(since, reopened)
        said = say("重新打开以后还没有复查，请派人到现场复查并拍照")
    return since, said


def _too_early(check: Check, since: datetime, order: Order | None) -> Message:
    day, limit = day_of(check.device_finished_at).isoformat(), day_of(since).isoformat()
    if order:
        return say("最近一次复查在 {day}，早于 {limit}（文书送达或重新打开），请再复查一次", day=day, limit=limit)
    return say("最近一次复查在 {day}，早于 {limit}（确认或重新打开），请再复查一次", day=day, limit=limit)


def last_reopening(session: Session, finding: Finding) -> datetime | None:
    query = select(Closure.reopened_at).where(
        Closure.county == finding.county, Closure.finding_id == finding.id, Closure.reopened_at.is_not(None)
    )
    return session.scalars(query.order_by(Closure.reopened_at.desc()).limit(1)).first()


def last_recheck(session: Session, finding: Finding) -> tuple[Recheck, Check] | None:
    query = (
        select(Recheck, Check)
        .join(Check, (Check.county == Recheck.county) & (Check.id == Recheck.check_id))
        .where(Recheck.county == finding.county, Recheck.finding_id == finding.id)
        .order_by(Check.device_finished_at.desc(), Recheck.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def _photos(session: Session, recheck: Recheck) -> list[Photo]:
    """What the re-check's manifest lists as showing this finding; a spoken note or a signature shows nothing."""
    query = select(Photo).where(
        Photo.county == recheck.county,
        Photo.check_id == recheck.check_id,
        Photo.finding_id == recheck.finding_id,
        Photo.purpose != PhotoPurpose.SIGNATURE,
        Photo.media_type.not_like("audio/%"),
    )
    return list(session.scalars(query.order_by(Photo.position)))


def _of_outcome(recheck: Recheck) -> list[Message]:
    if recheck.outcome is RecheckOutcome.FIXED:
        return []
    return [say("最近一次复查的结论是“{outcome}”", outcome=recheck.outcome.label)]


def _of_photos(photos: list[Photo]) -> list[Message]:
    if not photos:
        return [say("复查没有拍这个问题的照片")]
    if any(each.state is PhotoState.RECEIVED for each in photos):
        return []
    waiting = sum(each.state is PhotoState.EXPECTED for each in photos)
    if waiting:
        return [say("复查的照片还没有传到（{n} 张）", n=waiting)]
    return [say("复查的照片打不开或不完整，请重拍")]


def _of_standing(session: Session, finding: Finding, check: Check) -> list[Message]:
    missing = []
    if check.state is not CheckState.RECEIVED:
        missing.append(say("复查记录的文件还没有传齐"))
    if check.kind is CheckKind.SELF:
        missing.append(say("自查不能代替复查"))
    elif _came_from_inspection(session, finding) and check.standing is not Standing.INSPECTION:
        missing += _why_no_inspection(session, check)
    return missing


def _came_from_inspection(session: Session, finding: Finding) -> bool:
    check = session.get(Check, (finding.county, finding.check_id)) if finding.check_id else None
    return check is not None and check.standing is Standing.INSPECTION


def _why_no_inspection(session: Session, check: Check) -> list[Message]:
    """What the re-check lacks to be an inspection, as `standing_of` asks for it."""
    missing = []
    for person_id, number in (
        (check.person_id, check.certificate_number),
        (check.second_person_id, check.second_certificate_number),
    ):
        officer = session.get(Person, (check.county, person_id)) if person_id else None
        if officer is None:
            missing.append(say("问题来自行政检查，复查须由两名持证人员进行，缺第二名执法人员"))
        elif number is None:
            missing.append(say("{name}复查时没有在有效期内的执法证件", name=officer.name))
    if check.certificates_shown_at is None:
        missing.append(say("复查没有出示执法证件的记录"))
    return missing or [say("复查没有任务，按巡查线索收下，不是行政检查")]


def _of_recusal(session: Session, finding: Finding, check: Check) -> list[Message]:
    """A re-check by an officer who must stay out of the case proves nothing in it."""
    barred = recused_from(session, [finding])
    names = [session.get_one(Person, (check.county, each)).name
             for each in (check.person_id, check.second_person_id) if each in barred]  # fmt: skip
    return [say("{names}应当回避，其复查不能作为销号依据", names=names)] if names else []


def _of_conflict(session: Session, check: Check) -> list[Message]:
    query = select(CheckConflict.id).where(
        CheckConflict.county == check.county, CheckConflict.check_id == check.id, CheckConflict.stands.is_(None)
    )
    if session.scalars(query.limit(1)).first() is None:
        return []
    return [say("复查收到两份不同的记录，请先决定以哪一份为准")]
