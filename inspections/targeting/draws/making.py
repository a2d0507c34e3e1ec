"""A draw step by step: commit to a seed, freeze the pool, draw, replace, end. Each step once, in this order."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...db import new_id
from ...errors import Conflict, InspectionError, Invalid, say
from ...intake.sealing import seal, unseal
from ...registry.people import Person
from ...registry.site_facts import plain_text
from .draw_file import CONTROL, canonical
from .draws import OF_OFFICERS, OF_SITES, Draw, DrawTurn, Stage
from .plans import Plan
from .pool import Pool, make_pool
from .sampling import SEED_BYTES, BadTurn, Turn, commitment_of, key_of, result_of, salt_of

SHORTEST_REASON, LONGEST_REASON, LONGEST_NUMBER = 4, 300, 200


class NoKey(InspectionError):
    message = say("服务器没有设置密钥，种子无法封存，请联系系统管理员")


def commit(
    session: Session, person: Person, keys: Sequence[bytes], plan: Plan, now: datetime, again: UUID | None = None
) -> Draw:
    """Make and seal a seed, and publish its hash. `again` names the ended draw that this one is drawn in place of.

    Raises Invalid where the plan takes less than the least share today, Conflict while another one is under way.
    """
    require(person, "draw.make")
    if not keys:
        raise NoKey
    before = get(session, person, Draw, again) if again else None
    if before is not None and before.ended_at is None:
        raise Conflict(say("原来的抽取还没有终止，请先终止并写明理由"))
    draw_id, seed = new_id(), os.urandom(SEED_BYTES)
    refuse_too_few(make_pool(session, person.county, plan, salt_of(seed), now))
    draw = Draw(
        county=person.county, id=draw_id, number=_next_number(session, person.county), title=plan.title,
        plan=plan.as_json(), first_day=plan.first_day, last_day=plan.last_day, stage=Stage.COMMITTED,
        commitment=commitment_of(seed), salt=salt_of(seed),
        sealed=seal(keys, seed, _row(person.county, draw_id)), committed_at=now, committed_by_id=person.id,
        supersedes_id=before.id if before else None,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    events.record(session, person, "commit", draw, commitment=draw.commitment)
    return draw


def refuse_too_few(pool: Pool) -> None:
    """Raises Invalid for a pool of which too little would be drawn, and for one without sites."""
    if not pool.tree["sites"]:
        raise Invalid({"kinds": say("没有可以抽的点位：没有正常经营的，或者都已达到今年的检查频次上限")})
    if not pool.is_enough:
        raise Invalid({"percent_A": say("按这些比例抽到的不足总数的 5%，请提高比例")})


def freeze(session: Session, person: Person, draw_id: UUID, now: datetime) -> Draw:
    """Write the pool down as it is now; whatever is edited after that changes nothing in this draw."""
    require(person, "draw.make")
    draw = _at(session, person, draw_id, Stage.COMMITTED, now)
    pool = make_pool(session, draw.county, Plan.of(draw.plan), draw.salt, now)
    refuse_too_few(pool)
    content = canonical(pool.tree)
    draw.pool, draw.codes = content, pool.codes
    draw.pool_sha256 = commitment_of(content)
    draw.stage, draw.frozen_at, draw.frozen_by_id = Stage.FROZEN, now, person.id
    session.flush()
    events.record(session, person, "freeze", draw, pool_sha256=draw.pool_sha256)
    return draw


def draw_lots(
    session: Session, person: Person, keys: Sequence[bytes], draw_id: UUID, public_number: str, now: datetime
) -> Draw:
    """Draw, once. Raises Invalid unless a public number is given where, and only where, the plan names one."""
    require(person, "draw.make")
    draw = _at(session, person, draw_id, Stage.FROZEN, now)
    number = " ".join(plain_text(public_number, LONGEST_NUMBER).split())
    if CONTROL.search(number):
        raise Invalid({"public_number": say("请只填看得见的字")})
    if bool(number) != bool(draw.plan["public_number"]):
        raise Invalid({"public_number": say("请填计划里写明的公开数；计划没有写的，留空")})
    draw.public_number, draw.stage = number, Stage.DRAWN
    draw.drawn_at, draw.drawn_by_id = now, person.id
    session.flush()
    _add_turn(session, person, draw, _result(session, draw, keys, []), now)
    events.record(session, person, "draw", draw)
    return draw


def replace(
    session: Session, person: Person, keys: Sequence[bytes], draw_id: UUID, form: Mapping[str, Any], now: datetime
) -> DrawTurn:
    """Replace an officer (`person_id`) at a site (`site_id`), or the site itself, by the next of the same draw."""
    require(person, "draw.make")
    draw = _at(session, person, draw_id, Stage.DRAWN, now)
    if draw.published_at:
        raise Conflict(say("结果已经公布，不能再替换"))
    site, officer = str(form.get("site_id", "")), str(form.get("person_id", ""))
    why = next((each for each in (OF_OFFICERS if officer else OF_SITES) if each == form.get("why")), None)
    if why is None:
        raise Invalid({"why": say("请选择替换的原因")})
    code = next((code for code, each in (draw.codes or {}).items() if each == officer), "") if officer else ""
    if officer and not code:
        raise Invalid({"person_id": say("这个人员不在这次抽取的名录里")})
    before = turns_of(session, draw)
    turns = [*as_turns(draw, before), Turn(site, code, why.value)]
    try:
        result = _result(session, draw, keys, turns)
    except BadTurn:
        raise Conflict(say("结果已经变了，请刷新后再看")) from None
    note = plain_text(str(form.get("note", "")), LONGEST_REASON)
    turn = _add_turn(session, person, draw, result, now, len(before))
    turn.site_id, turn.person_id, turn.why, turn.note = UUID(site), UUID(officer) if officer else None, why, note
    session.flush()
    events.record(session, person, "replace", draw, site=site, officer=officer, why=why.value)
    return turn


def end(session: Session, person: Person, draw_id: UUID, reason: str, now: datetime) -> Draw:
    """Give a draw up. It stays visible with its commitment, and is published like any other."""
    require(person, "draw.make")
    draw = _locked(session, person, draw_id)
    if draw.ended_at or draw.published_at:
        raise Conflict(say("这次抽取已经结束，不能再终止"))
    said = " ".join(plain_text(reason, LONGEST_REASON).split())
    if len(said) < SHORTEST_REASON:
        raise Invalid({"reason": say("请写明理由，会一并公开")})
    draw.ended_at, draw.ended_by_id, draw.ended_reason = now, person.id, said
    session.flush()
    events.record(session, person, "end", draw, reason=said)
    return draw


def turns_of(session: Session, draw: Draw) -> Sequence[DrawTurn]:
    query = select(DrawTurn).where(DrawTurn.county == draw.county, DrawTurn.draw_id == draw.id)
    return session.scalars(query.order_by(DrawTurn.turn)).all()


def as_turns(draw: Draw, turns: Sequence[DrawTurn]) -> list[Turn]:
    """The replacements as the file names them."""
    code = {person_id: code for code, person_id in (draw.codes or {}).items()}
    return [
        Turn(str(each.site_id), code[str(each.person_id)] if each.person_id else "", each.why.value)
        for each in turns
        if each.why
    ]


def seed_of(session: Session, draw: Draw, keys: Sequence[bytes]) -> bytes:
    """The seed out of its seal. The database hands it out from the draw on, and writes down that it did."""
    session.flush()
    sealed = session.scalar(text("select open_draw_seed(:draw)"), {"draw": draw.id})
    if sealed is None:
        raise Conflict(say("种子在抽取之前不能打开"))
    return unseal(keys, bytes(sealed), _row(draw.county, draw.id))


def _result(session: Session, draw: Draw, keys: Sequence[bytes], turns: list[Turn]) -> list[dict[str, Any]]:
    key = key_of(
        seed_of(session, draw, keys), draw.county, str(draw.id), draw.pool_sha256 or "", draw.public_number or ""
    )
    return result_of(key, json.loads(draw.pool or b""), turns)


def _add_turn(
    session: Session, person: Person, draw: Draw, result: list[dict[str, Any]], now: datetime, turn: int = 0
) -> DrawTurn:
    row = DrawTurn(county=draw.county, draw_id=draw.id, turn=turn, at=now, by_id=person.id, result=result, note="")
    session.add(row)
    if not turn:
        session.flush()
    return row


def _at(session: Session, person: Person, draw_id: UUID, stage: Stage, now: datetime) -> Draw:
    """The draw, locked, at a stage. Raises Conflict where somebody was faster, or the clock went back."""
    draw = _locked(session, person, draw_id)
    if draw.ended_at:
        raise Conflict(say("这次抽取已经终止"))
    if draw.stage is not stage:
        raise Conflict(say("这一步已经做过，或者还没轮到，请刷新后再看：现在是“{stage}”", stage=draw.stage.label))
    if now < max(each for each in (draw.committed_at, draw.frozen_at, draw.drawn_at) if each):
        raise Conflict(say("服务器的时钟比上一步还早，请系统管理员先校时"))
    return draw


def _locked(session: Session, person: Person, draw_id: UUID) -> Draw:
    draw = get(session, person, Draw, draw_id)
    session.refresh(draw, with_for_update=True)
    return draw


def _next_number(session: Session, county: str) -> int:
    """Whoever presses at the same time waits here. Raises Conflict while another draw is under way."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('draws'), cast(:county as int))"), {"county": county}
    )
    under_way = select(Draw.id).where(Draw.county == county, Draw.stage != Stage.DRAWN, Draw.ended_at.is_(None))
    if session.scalars(under_way).first():
        raise Conflict(say("已有一次抽取还没有抽完，请先完成，或写明理由终止"))
    return (session.scalar(select(func.max(Draw.number)).where(Draw.county == county)) or 0) + 1


def _row(county: str, draw_id: UUID) -> bytes:
    """What a seal is bound to: copied into another row it can't be opened."""
    return f"draw {county} {draw_id}".encode()


def stamp(at: datetime) -> str:
    """A moment as the file has it: UTC to the microsecond, so that text sorts like time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
