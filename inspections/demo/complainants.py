"""Who sent a third of the demo county's tips, sealed like any other; and who wanted to read it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ..days import CHINA, day_of
from ..db import new_id
from ..evidence.keys import KeyRing, canonical
from ..intake.complainants import Complainant, ComplainantOpening, Identity, digits, pseudonym_of, row_name
from ..intake.retention import DAYS
from ..intake.sealing import mark, seal
from ..intake.tips import Tip, TipChannel, TipState
from ..registry.people import Role
from . import names
from .chance import Chance
from .orders import find_first

KNOWN = {TipChannel.HOTLINE: 0.7, TipChannel.MAILBOX: 0.9, TipChannel.WEB: 0.3}
OPEN = (TipState.NEW, TipState.ASSIGNED)
REASONS = ("核实补课的具体楼层，电话回访", "线索地址不清，请举报人补充", "处理结果须当面答复")


def write_complainants(session: Session, today: date, keys: KeyRing, seed: str) -> None:
    """Nothing where the installation has no key."""
    if not keys.identity:
        return
    chance = Chance(seed, today.isoformat(), "complainants")
    tips = session.execute(
        select(Tip.id, Tip.channel, Tip.state, Tip.received_at, Tip.names_minor)
        .where(Tip.county == names.COUNTY_CODE)
        .order_by(Tip.received_at, Tip.id)
    )
    rows = [_row(chance, keys, tip, today) for tip in tips if chance.happens(KNOWN.get(tip.channel, 0.0))]
    session.execute(insert(Complainant), rows)
    _write_openings(session, chance, today, [row for row in rows if row["sealed"]][-40:])


def _row(chance: Chance, keys: KeyRing, tip: Any, today: date) -> dict[str, Any]:
    row_id, phone = new_id(), names.phone(chance)
    forget_on = day_of(tip.received_at) + timedelta(days=DAYS)
    is_forgotten = forget_on <= today and tip.state not in OPEN
    identity = Identity(name=names.person(chance), phone=phone)
    content = canonical(identity._asdict())
    return {
        "county": names.COUNTY_CODE,
        "id": row_id,
        "tip_id": tip.id,
        "pseudonym": pseudonym_of(row_id),
        "sealed": None if is_forgotten else seal(keys.identity, content, row_name(names.COUNTY_CODE, row_id)),
        "phone_mark": None if is_forgotten else mark(keys.identity, digits(phone)),
        "is_minor": tip.names_minor and chance.happens(0.2),
        "wants_answer": chance.happens(0.5),
        "forget_on": forget_on,
        "forgotten_at": datetime.combine(forget_on, time(3, 17), CHINA) if is_forgotten else None,
    }


def _write_openings(session: Session, chance: Chance, today: date, rows: list[dict[str, Any]]) -> None:
    """Readings of the last weeks, one that was refused, one by who may not, and one that waits for the lead."""
    dispatcher, director, auditor = (
        find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR)
    )
    if not (dispatcher and director and auditor):
        return
    until = datetime.combine(today, time(), CHINA)
    for index, row in enumerate(rows[:8]):
        asked_at = until - timedelta(days=20 - 2 * index, hours=chance.uniform(7, 14))
        waits, denied, barred = index == 7, index == 3, index == 5
        decided = index in (1, 3)
        session.add(
            ComplainantOpening(
                county=names.COUNTY_CODE,
                complainant_id=row["id"],
                asked_by_id=auditor.id if barred else dispatcher.id,
                asked_at=asked_at,
                reason="想知道是谁反映的" if denied or barred else REASONS[index % len(REASONS)],
                needs_approval=decided or waits,
                is_barred=barred,
                decided_by_id=director.id if decided else None,
                decided_at=asked_at + timedelta(minutes=40) if decided else None,
                is_granted=not denied if decided else None,
                decision_reason="与办理无关，不同意" if denied else "",
                opened_at=None
                if waits or denied or barred
                else asked_at + timedelta(minutes=50 if decided else 3),
            )
        )
    session.flush()
