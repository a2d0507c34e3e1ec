"""The director signs: the bulletin gets its number and is frozen. Then it is published, and may be withdrawn."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...casework import numbering
from ...casework.numbering import PaperKind
from ...days import day_of
from ...errors import Conflict, Invalid, say
from ...evidence.keys import canonical
from ...registry.people import Person
from ..documents.making import remember
from ..figures.snapshots import digest
from .bulletins import Audience, Bulletin, BulletinKind, BulletinState, cases_of, sections_of
from .content import compose
from .masking import mask_of, masked
from .names_left import names_in

LONGEST_REASON = 500
OUT = {BulletinState.SIGNED, BulletinState.PUBLISHED}
SERIES = {
    BulletinKind.DAILY: PaperKind.DAILY,
    BulletinKind.HALF_MONTH: PaperKind.BULLETIN,
    BulletinKind.QUARTERLY: PaperKind.BULLETIN,
}


def seal_of(session: Session, bulletin: Bulletin) -> str:
    """Says which words a page showed: it changes with every word, case and figure of the draft."""
    words = {
        "title": bulletin.title,
        "as_of": bulletin.figures["as_of"],
        "sections": [[each.key, each.text] for each in sections_of(session, bulletin)],
        "cases": [[str(each.finding_id), each.text, each.is_named] for each in cases_of(session, bulletin)],
    }
    return hashlib.sha256(canonical(words)).hexdigest()[:16]


def sign(session: Session, person: Person, bulletin_id: UUID, seen: str, now: datetime) -> Bulletin:
    """Number and freeze a draft. `seen` is the seal of the words that the director read.

    Raises Conflict if it was signed before or if its words changed meanwhile. The row of numbers is locked from
    here to the end of the transaction, so it comes last.
    """
    require(person, "bulletin.sign")
    bulletin = get(session, person, Bulletin, bulletin_id)
    session.refresh(bulletin, with_for_update=True)
    if bulletin.state is not BulletinState.DRAFT:
        raise Conflict(say("这份通报已经签发，文号 {number}，没有重复编号", number=bulletin.number_text or "—"))
    if seen != seal_of(session, bulletin):
        raise Conflict(say("您打开以后，这份草稿又改过；请核对新的文字，再签发"))
    empty = [each.title for each in sections_of(session, bulletin) if not each.text.strip()]
    if empty:
        raise Invalid(message=say("还有空着的部分：{titles}", titles=empty))
    today = day_of(now)
    taken = numbering.take(session, bulletin.county, SERIES[bulletin.kind], today.year)
    content = compose(session, bulletin, number_text=taken.text, issued_on=today)
    bulletin.content, bulletin.sha256 = content, digest(content)
    bulletin.year, bulletin.number, bulletin.number_text = today.year, taken.number, taken.text
    bulletin.state, bulletin.signed_by_id, bulletin.signed_at = BulletinState.SIGNED, person.id, now
    session.flush()
    remember(session, person, f"bulletin_{bulletin.kind.value}", bulletin.id, now, taken.text)
    events.record(session, person, "sign", bulletin, number=taken.text, sha256=bulletin.sha256)
    return bulletin


def publish(
    session: Session,
    person: Person,
    bulletin_id: UUID,
    audience: Audience,
    now: datetime,
    *,
    names_read: bool = False,
) -> Bulletin:
    """Open a signed bulletin to the desk and the townships, or to everyone with personal data masked.

    Raises Conflict for one that isn't signed, was withdrawn, or is open to as many already; and, unless
    `names_read`, where the masked words seem to hold names.
    """
    require(person, "bulletin.publish")
    bulletin = get(session, person, Bulletin, bulletin_id)
    session.refresh(bulletin, with_for_update=True)
    if bulletin.content is None:
        raise Conflict(say("还没有签发，不能发布；请先由领导签发编号"))
    if bulletin.state not in OUT:
        raise Conflict(say("这份通报是“{state}”，不能发布", state=bulletin.state.label))
    if bulletin.audience in {audience, Audience.PUBLIC}:
        raise Conflict(say("这份通报已经发布（{audience}）", audience=bulletin.audience.label))
    if audience is Audience.PUBLIC:
        content = masked(bulletin.content, mask_of(session, bulletin.county))
        if not names_read and (names := names_in(content)):
            said = names[0] if len(names) == 1 else say("{name}等 {n} 处", name=names[0], n=len(names))
            raise Conflict(say("隐去以后可能还有姓名（{names}），请逐处看过再确认公开", names=said))
        bulletin.public_content, bulletin.public_sha256 = content, digest(content)
    bulletin.state, bulletin.audience = BulletinState.PUBLISHED, audience
    bulletin.published_by_id, bulletin.published_at = person.id, now
    session.flush()
    events.record(session, person, "publish", bulletin, number=bulletin.number_text, audience=audience.value)
    return bulletin


def withdraw(session: Session, person: Person, bulletin_id: UUID, reason: str, now: datetime) -> Bulletin:
    """Take a bulletin back; its number stays used, and where it was published a notice of it stays."""
    require(person, "bulletin.sign")
    bulletin = get(session, person, Bulletin, bulletin_id)
    session.refresh(bulletin, with_for_update=True)
    if bulletin.state not in OUT:
        raise Conflict(say("这份通报是“{state}”，不能撤回", state=bulletin.state.label))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("请写明撤回的原因，最多 {n} 字", n=LONGEST_REASON)})
    bulletin.state, bulletin.withdrawn_reason = BulletinState.WITHDRAWN, reason
    bulletin.public_reason = mask_of(session, bulletin.county)(reason) if bulletin.public_content else None
    bulletin.withdrawn_by_id, bulletin.withdrawn_at = person.id, now
    session.flush()
    events.record(session, person, "withdraw", bulletin, number=bulletin.number_text, reason=reason)
    return bulletin


def is_whole(bulletin: Bulletin) -> bool:
    """Whether what was frozen still has its hash."""
    return all(
        content is None or digest(content) == sha256
        for content, sha256 in (
            (bulletin.content, bulletin.sha256),
            (bulletin.public_content, bulletin.public_sha256),
        )
    )
