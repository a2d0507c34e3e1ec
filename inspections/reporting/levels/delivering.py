"""What a county does: deliver a frozen table, correct it, let an office above open records, take that back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require, visible
from ...days import day_of
from ...errors import Conflict, Invalid, Message, say
from ...registry.counties import County, list_above
from ...registry.people import Person
from ..figures.freezing import read_snapshot
from ..figures.snapshots import digest
from ..form_days import read_day
from .calls import FigureCall
from .deliveries import Delivery
from .grants import RecordGrant, RecordKind

FORMAT = "delivery/1"
LONGEST_REASON = 500
MOST_DAYS = 92  # a grant lasts a quarter at most


class Asked(NamedTuple):
    """A call from above and what the county delivered for it."""

    call: FigureCall
    by: str
    delivery: Delivery | None


def deliver(session: Session, person: Person, snapshot_id: UUID, reason: str, now: datetime) -> Delivery:
    """Hand a frozen table of the whole county up. A second one for the same days needs a reason.

    Raises Conflict for a table that doesn't balance or was tampered with, or that went up before.
    """
    require(person, "figure.deliver")
    snapshot = read_snapshot(session, person, snapshot_id).snapshot
    if snapshot.township_id or snapshot.zone_id:
        raise Conflict(say("上报的是全县的表，镇街和责任区的表不上报"))
    if not list_above(session, person.county):
        raise Conflict(say("系统里没有登记本县的上级，请联系系统管理员"))
    if not snapshot.is_whole() or snapshot.broken():
        raise Conflict(say("这张表不平衡或者被改动过，不能上报，请重新统计并固定"))
    _lock(session, person.county)
    before = current(session, person.county, snapshot.first_day, snapshot.last_day)
    reason = reason.strip()
    if before and before.snapshot_id == snapshot.id:
        raise Conflict(say("这张表已经上报过，没有重复上报"))
    if before and not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": say("这个时段已经上报过，请写明更正的原因，最多 {n} 字", n=LONGEST_REASON)})
    content = {
        "format": FORMAT,
        "county": snapshot.county_name,
        "title": snapshot.title,
        "cells": snapshot.cells,
        "words": snapshot.content["words"],
        "days": [snapshot.first_day.isoformat(), snapshot.last_day.isoformat()],
        "as_of": snapshot.as_of.isoformat(),
        "snapshot": snapshot.sha256,
        "delivered_by": person.name,
    }
    delivery = Delivery(
        county=person.county,
        snapshot_id=snapshot.id,
        snapshot_sha256=snapshot.sha256,
        first_day=snapshot.first_day,
        last_day=snapshot.last_day,
        as_of=snapshot.as_of,
        delivered_by_id=person.id,
        delivered_at=now,
        replaces_id=before and before.id,
        reason=reason if before else "",
        content=content,
        sha256=digest(content),
    )
    session.add(delivery)
    session.flush()
    events.record(session, person, "deliver", delivery, sha256=delivery.sha256, reason=delivery.reason)
    return delivery


def current(session: Session, county: str, first: date, last: date) -> Delivery | None:
    """The delivery of a county for a period that none has replaced."""
    replaced = select(Delivery.replaces_id).where(Delivery.county == county, Delivery.replaces_id.is_not(None))
    query = select(Delivery).where(
        Delivery.county == county,
        Delivery.first_day == first,
        Delivery.last_day == last,
        Delivery.id.not_in(replaced),
    )
    return session.scalars(query).one_or_none()


def list_deliveries(session: Session, person: Person) -> list[Delivery]:
    """Of the person's own county, the newest first."""
    return list(session.scalars(visible(person, Delivery).order_by(Delivery.delivered_at.desc(), Delivery.id)))


def list_calls(session: Session, person: Person) -> list[Asked]:
    """What the offices above ask for, the next due first."""
    query = (
        select(FigureCall, County.name)
        .join(County, County.code == FigureCall.county)
        .where(FigureCall.county.in_([each.code for each in list_above(session, person.county)]))
        .order_by(FigureCall.due_on.desc())
        .limit(12)
    )
    return [
        Asked(call, name, current(session, person.county, call.first_day, call.last_day))
        for call, name in session.execute(query)
    ]


def list_grants(session: Session, person: Person) -> list[RecordGrant]:
    return list(session.scalars(visible(person, RecordGrant).order_by(RecordGrant.granted_at.desc())))


def give_grant(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> RecordGrant:
    """Let an office above open records. Raises Invalid, by field."""
    require(person, "grant.give")
    wrong: dict[str, Message] = {}
    to_code, reason = (str(form.get(name, "")).strip() for name in ("to_code", "reason"))
    if to_code not in {each.code for each in list_above(session, person.county)}:
        wrong["to_code"] = say("请选择上级部门")
    asked = form.getlist("kinds") if hasattr(form, "getlist") else form.get("kinds", [])
    kinds = [each.value for each in RecordKind if each.value in asked]
    if not kinds:
        wrong["kinds"] = say("请至少选一种记录")
    if not 1 <= len(reason) <= LONGEST_REASON:
        wrong["reason"] = say("请写明授权的理由，最多 {n} 字", n=LONGEST_REASON)
    first, last, until = (read_day(form, name, wrong) for name in ("first_day", "last_day", "until"))
    if first and last and last < first:
        wrong["last_day"] = say("最后一天早于第一天，请核对")
    today = day_of(now)
    if until and not today < until <= today + timedelta(days=MOST_DAYS):
        wrong["until"] = say("授权从明天到 {n} 天以内结束", n=MOST_DAYS)
    if wrong or first is None or last is None or until is None:
        raise Invalid(wrong)
    grant = RecordGrant(
        county=person.county,
        to_code=to_code,
        kinds=kinds,
        first_day=first,
        last_day=last,
        reason=reason,
        granted_by_id=person.id,
        granted_at=now,
        expires_at=now + (until - today),
    )
    session.add(grant)
    session.flush()
    events.record(session, person, "grant", grant, to=to_code, kinds=kinds, until=until.isoformat(), reason=reason)
    return grant


def revoke_grant(session: Session, person: Person, grant_id: UUID, now: datetime) -> RecordGrant:
    require(person, "grant.give")
    grant = get(session, person, RecordGrant, grant_id)
    session.refresh(grant, with_for_update=True)
    if not grant.is_live(now):
        raise Conflict(say("这项授权已经结束"))
    grant.revoked_by_id, grant.revoked_at = person.id, now
    events.record(session, person, "revoke", grant)
    return grant


def _lock(session: Session, county: str) -> None:
    """Two who deliver at once would both replace the same one."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("deliver " + county, 0))))
