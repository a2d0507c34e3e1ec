"""Publication 一公开: the file with seed, pool and result, and what came of each visit.

A file appears when the director publishes, or by itself once the last day of the visits is over: until then the
drawn sites must not know.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...days import day_of
from ...errors import Conflict, Invalid, say
from ...registry.people import Person
from ...registry.site_facts import plain_text, word_of
from .draw_file import FORMAT, sealed
from .draws import Draw, DrawOutcome, Outcome, Stage
from .making import as_turns, seed_of, stamp, turns_of
from .sampling import VERSION
from .verification import HOLDS, verify

LONGEST_NOTE = 200


def publish(session: Session, person: Person, keys: Sequence[bytes], draw_id: UUID, now: datetime) -> Draw:
    """By the director, also before the visits are over: then the sites are warned, which the page says."""
    require(person, "draw.publish")
    draw = get(session, person, Draw, draw_id)
    session.refresh(draw, with_for_update=True)
    if draw.published_at:
        raise Conflict(say("这次抽取已经公布"))
    if draw.stage is not Stage.DRAWN and not draw.ended_at:
        raise Conflict(say("还没有抽取，不能公布"))
    _publish(session, draw, keys, now, person)
    return draw


def publish_due(session: Session, county: str, keys: Sequence[bytes], now: datetime) -> list[Draw]:
    """Publish what nobody did by the last day of its visits. Asked whenever somebody looks at a list of draws."""
    if not keys:
        return []
    query = select(Draw).where(
        Draw.county == county,
        Draw.published_at.is_(None),
        Draw.last_day < day_of(now),
        (Draw.stage == Stage.DRAWN) | Draw.ended_at.is_not(None),
    )
    due = list(session.scalars(query.order_by(Draw.number).with_for_update(skip_locked=True)))
    for draw in due:
        _publish(session, draw, keys, now, None)
    return due


def _publish(session: Session, draw: Draw, keys: Sequence[bytes], now: datetime, person: Person | None) -> None:
    seed = seed_of(session, draw, keys)
    content = file_of(session, draw, seed)
    if verify(content).status != HOLDS:
        raise Conflict(say("按保存的种子和名录重算，与保存的结果不一致，没有公布，请联系系统管理员"))
    draw.seed, draw.file, draw.published_at = seed, content, now
    draw.published_by_id = person.id if person else None
    session.flush()
    if person:
        events.record(session, person, "publish", draw)


def file_of(session: Session, draw: Draw, seed: bytes) -> bytes:
    """The bytes to publish; of an ended draw as far as it went."""
    turns = turns_of(session, draw)
    moments = {"committed": draw.committed_at, "frozen": draw.frozen_at, "drawn": draw.drawn_at}
    given = [
        {"site": each.site, "officer": each.officer, "why": each.why, "at": stamp(row.at)}
        for each, row in zip(as_turns(draw, turns), turns[1:], strict=True)
    ]
    before = session.get(Draw, (draw.county, draw.supersedes_id)) if draw.supersedes_id else None
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "county": draw.county,
            "draw": str(draw.id),
            "number": draw.number,
            "title": draw.title,
            "stage": draw.stage.value,
            "moments": {name: stamp(at) for name, at in moments.items() if at},
            "commitment": draw.commitment,
            "seed": seed.hex(),
            "pool": json.loads(draw.pool) if draw.pool else None,
            "pool_sha256": draw.pool_sha256,
            "public_number": draw.public_number,
            "turns": given,
            "result": turns[-1].result if turns else None,
            "ended": {"at": stamp(draw.ended_at), "reason": draw.ended_reason} if draw.ended_at else None,
            "supersedes": {"draw": str(before.id), "commitment": before.commitment, "reason": before.ended_reason}
            if before
            else None,
        }
    )


def record_outcome(
    session: Session, person: Person, draw_id: UUID, form: Mapping[str, Any], now: datetime
) -> None:
    """Make public what a visit found; a later word about the same site is added, and counts from then on."""
    require(person, "draw.publish")
    draw = get(session, person, Draw, draw_id)
    if not draw.published_at or draw.stage is not Stage.DRAWN:
        raise Conflict(say("抽取结果公布以后，才能公布检查结果"))
    outcome = word_of(Outcome, str(form.get("outcome", "")))
    site = str(form.get("site_id", ""))
    if outcome is None:
        raise Invalid({"outcome": say("请选择检查结果")})
    if site not in {each["site"] for each in turns_of(session, draw)[-1].result}:
        raise Invalid({"site_id": say("这个点位不在抽取结果里")})
    note = plain_text(str(form.get("note", "")), LONGEST_NOTE)
    row = DrawOutcome(
        county=draw.county, draw_id=draw.id, site_id=UUID(site), outcome=outcome, note=note, at=now,
        by_id=person.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    events.record(session, person, "publish_outcome", row, site=site, outcome=outcome.value)


def outcomes_of(session: Session, draw: Draw) -> dict[UUID, DrawOutcome]:
    """The newest of each site."""
    query = select(DrawOutcome).where(DrawOutcome.county == draw.county, DrawOutcome.draw_id == draw.id)
    return {each.site_id: each for each in session.scalars(query.order_by(DrawOutcome.at, DrawOutcome.id))}
