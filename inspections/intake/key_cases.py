"""Key cases 重点督办: what many report is put before the leaders."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ..access import visible
from ..errors import Conflict, Message, say
from ..registry.people import Person
from ..registry.sites import Site
from .clues import Clue, ClueKind
from .deciding import OPEN, decide, held, words
from .tip_moves import TipMove, TipMoveKind
from .tips import Tip, TipState

# From how many reports of one place or clue within half a year a case is put forward as a key one
ENOUGH = 3
WITHIN = timedelta(days=180)
TELLING = (ClueKind.PHONE, ClueKind.WECHAT, ClueKind.PAYMENT, ClueKind.TEACHER, ClueKind.NAME)


class KeySuggestion(NamedTuple):
    """A tip under which to open a key case: the newest open one of those that tell of the same."""

    tip_id: UUID
    code: str
    n: int
    why: Message


def make_key(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    tip = held(session, person, tip_id, "tip.key")
    if tip.master_id is not None:
        raise Conflict(say("这条线索已并入别的线索，请在主线索上列为重点督办"))
    if tip.key_since is not None:
        raise Conflict(say("这条线索已经是重点督办"))
    note = words(form, "note", say("请写明列为重点督办的理由"))
    tip.key_since = now
    return decide(session, tip, TipMoveKind.KEY, person, now, note=note)


def drop_key(session: Session, person: Person, tip_id: UUID, form: Mapping[str, Any], now: datetime) -> TipMove:
    tip = held(session, person, tip_id, "tip.key")
    if tip.key_since is None:
        raise Conflict(say("这条线索不是重点督办"))
    note = words(form, "note", say("请写明取消重点督办的理由"))
    tip.key_since = None
    return decide(session, tip, TipMoveKind.UNKEY, person, now, note=note)


def suggest_key(session: Session, tip: Tip, now: datetime) -> Message | None:
    """Why a tip might be made a key case, if many tell of the same."""
    if tip.key_since or tip.master_id:
        return None
    since = now - WITHIN
    merged = _count(session, tip, since, Tip.master_id == tip.id) + 1
    if merged >= ENOUGH:
        return say("半年内有 {n} 条线索说的是同一件事", n=merged)
    here = _count(session, tip, since, Tip.site_id == tip.site_id) if tip.site_id else 0
    if here >= ENOUGH:
        return say("半年内有 {n} 条线索涉及同一个点位", n=here)
    return _shared_clue(session, tip, since)


def _count(session: Session, tip: Tip, since: datetime, condition: Any) -> int:
    query = select(func.count()).where(
        Tip.county == tip.county, Tip.received_at >= since, Tip.state != TipState.INVALID, condition
    )
    return session.scalar(query) or 0


def _shared_clue(session: Session, tip: Tip, since: datetime) -> Message | None:
    own = select(Clue.kind, Clue.value).where(Clue.county == tip.county, Clue.tip_id == tip.id).subquery()
    query = (
        select(Clue.kind, func.max(Clue.shown), func.count(Clue.tip_id.distinct()).label("n"))
        .join(own, (own.c.kind == Clue.kind) & (own.c.value == Clue.value))
        .where(Clue.county == tip.county, Clue.kind.in_(TELLING), Clue.at >= since)
        .group_by(Clue.kind, Clue.value)
        .having(func.count(Clue.tip_id.distinct()) >= ENOUGH)
        .order_by(func.count(Clue.tip_id.distinct()).desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    kind, shown, n = found
    return say("半年内有 {n} 条线索提到同一{kind}：{value}", n=n, kind=kind.label, value=shown)


def suggested_keys(session: Session, person: Person, now: datetime, limit: int = 8) -> list[KeySuggestion]:
    """What many report and nobody made a key case, by the newest open tip of each: joined ones, then sites."""
    since = now - WITHIN
    lately = visible(person, Tip).where(Tip.received_at >= since, Tip.state != TipState.INVALID)
    found = [*_by_master(session, person, lately, limit), *_by_site(session, person, lately, limit)]
    return list({each.tip_id: each for each in reversed(found)}.values())[::-1][:limit]


def _by_master(session: Session, person: Person, lately: Any, limit: int) -> list[KeySuggestion]:
    joined = lately.where(Tip.master_id.is_not(None)).with_only_columns(Tip.master_id, func.count().label("n"))
    many = joined.group_by(Tip.master_id).having(func.count() >= ENOUGH - 1).subquery()
    query = (
        _open(person)
        .join(many, many.c.master_id == Tip.id)
        .order_by(many.c.n.desc(), Tip.received_at.desc())
        .limit(limit)
        .with_only_columns(Tip.id, Tip.code, many.c.n + 1)
    )
    return [
        KeySuggestion(key, code, n, say("半年内有 {n} 条线索说的是同一件事", n=n))
        for key, code, n in session.execute(query)
    ]


def _by_site(session: Session, person: Person, lately: Any, limit: int) -> list[KeySuggestion]:
    told = lately.where(Tip.site_id.is_not(None)).with_only_columns(Tip.site_id, func.count().label("n"))
    unmarked = func.coalesce(func.bool_or(Tip.key_since.is_not(None)), False).is_(False)
    many = told.group_by(Tip.site_id).having(func.count() >= ENOUGH, unmarked).subquery()
    newest = (
        _open(person)
        .join(many, many.c.site_id == Tip.site_id)
        .join(Site, (Site.county == Tip.county) & (Site.id == Tip.site_id))
        .ext(distinct_on(Tip.site_id))
        .order_by(Tip.site_id, Tip.received_at.desc())
        .with_only_columns(Tip.id, Tip.code, many.c.n, Site.name)
        .subquery()
    )
    rows = session.execute(select(newest).order_by(newest.c.n.desc(), newest.c.code).limit(limit))
    return [
        KeySuggestion(key, code, n, say("半年内有 {n} 条线索涉及“{site}”", n=n, site=name))
        for key, code, n, name in rows
    ]


def _open(person: Person) -> Any:
    return visible(person, Tip).where(Tip.key_since.is_(None), Tip.master_id.is_(None), Tip.state.in_(OPEN))
