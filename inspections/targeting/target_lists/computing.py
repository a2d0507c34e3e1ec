"""Makes a list, and makes it again: gather, choose, place. A list keeps the data that its choice was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...days import day_of
from ...db import new_id
from ...errors import Conflict, Invalid, say
from ...registry.people import Person
from ..snapshots import columns_of, keep
from .choosing import PARTS, VERSION, choose
from .county_settings import rules_of
from .gathering import gather
from .lists import LIVE, EntryState, Part, TargetEntry, TargetList
from .plan import Plan
from .pool import LEFT_OUT_WORDS, LeftOut, Pool
from .writing import Result, give_slots, left_out_counts, new_entry, summary_of

SNAPSHOT_KIND = "target list"


def make_list(session: Session, person: Person, plan: Plan, seed: int, now: datetime) -> TargetList:
    """Make a list. Raises Invalid with what stands in the way, and what would free it."""
    require(person, "target.plan")
    made = TargetList(county=person.county, id=new_id(), first_day=plan.first_day, last_day=plan.last_day)
    made.settings, made.seed, made.revision, made.made_by_id = plan.as_json(), seed, 0, person.id
    _compute(session, made, plan, [], now)
    events.record(session, person, "make", made, revision=made.revision, entries=made.summary["entries"])
    return made


def compute_again(session: Session, person: Person, list_id: UUID, revision: int, now: datetime) -> TargetList:
    """Choose anew as of `now`: what is pinned, has a task or was drawn stays, what was refused stays off.

    The county's caps and percentage are taken as they are now. Raises Conflict where somebody else was quicker.
    """
    found = locked(session, person, list_id, revision)
    refuse_what_is_over(found, day_of(now))
    rules = rules_of(session, found.county)
    plan = replace(
        Plan.from_json(found.settings),
        exploration_percent=rules.exploration_percent,
        caps=rules.caps,
        cap_basis=rules.cap_basis,
    )
    found.settings = plan.as_json()
    live = entries_of(session, found, *LIVE)
    for each in live:
        if not stays(each):
            each.state = EntryState.DROPPED
    session.flush()
    _compute(session, found, plan, [each for each in live if stays(each)], now)
    events.record(session, person, "compute", found, revision=found.revision, entries=found.summary["entries"])
    return found


def fill_up(
    session: Session, found: TargetList, now: datetime, replaced: TargetEntry | None = None
) -> list[TargetEntry]:
    """Keep all that is on the list and take the next best for what is free; `replaced` is whose place it takes."""
    live = entries_of(session, found, *LIVE)
    return _compute(session, found, Plan.from_json(found.settings), live, now, replaced)


def stays(entry: TargetEntry) -> bool:
    """A drawn site stays: an unbiased sample is drawn once and not until it pleases."""
    is_firm = entry.is_pinned or entry.part is Part.EXPLORATION
    return entry.state is EntryState.TASKED or (entry.state is EntryState.PROPOSED and is_firm)


def choose_again(session: Session, found: TargetList) -> dict[UUID, Part]:
    """The choice computed once more from what was kept, for whoever wants to check it: sites and their parts."""
    pool = Pool(**columns_of(session, found.county, found.snapshot_id))
    choice = choose(pool, Plan.from_json(found.settings), found.seed, found.summary["days"])
    parts = zip(pool.ids, choice.part.tolist(), strict=True)
    return {each: PARTS[part] for each, part in parts if part >= 0}


def locked(session: Session, person: Person, list_id: UUID, revision: int | None = None) -> TargetList:
    """The list, held for this transaction. Raises NotFound, and Conflict if it isn't what the page showed."""
    require(person, "target.plan")
    found = get(session, person, TargetList, list_id)
    session.refresh(found, with_for_update=True)
    if revision is not None and found.revision != revision:
        raise Conflict(say("名单刚被重新计算过（现在是第 {n} 次），请刷新后再操作", n=found.revision))
    return found


def refuse_what_is_over(found: TargetList, today: date) -> None:
    if found.last_day < today:
        raise Invalid({"last_day": say("这份名单的时段已经过去，不能再改")})


def entries_of(session: Session, found: TargetList, *states: EntryState) -> Sequence[TargetEntry]:
    query = select(TargetEntry).where(
        TargetEntry.county == found.county, TargetEntry.list_id == found.id, TargetEntry.state.in_(states)
    )
    return session.scalars(query.order_by(TargetEntry.id)).all()


def _compute(
    session: Session,
    found: TargetList,
    plan: Plan,
    live: Sequence[TargetEntry],
    now: datetime,
    replaced: TargetEntry | None = None,
) -> list[TargetEntry]:
    """Choose with what is `live` held, and write what is new."""
    refused = set()
    if found.revision:
        refused = {each.site_id for each in entries_of(session, found, EntryState.REFUSED)}
    days = plan.days_from(day_of(now))
    gathered = gather(session, found.county, plan, now, refused)
    kept = _drop_what_cannot_be_visited(session, gathered.pool, live)
    gathered = replace(gathered, pool=_holding(gathered.pool, kept))
    _refuse_an_empty_pool(gathered.pool)
    choice = choose(gathered.pool, plan, found.seed, len(days))
    result = Result(gathered, choice)
    snapshot = keep(session, found.county, SNAPSHOT_KIND, gathered.pool.columns(), now, now)
    found.snapshot_id, found.version, found.computed_at = snapshot.id, VERSION, now
    found.revision, found.summary = found.revision + 1, summary_of(result, len(days))
    session.add(found)
    session.flush()
    fresh = [each for each in result.chosen if each not in kept]
    made = [new_entry(found, result, each, replaced) for each in fresh]
    session.add_all(made)
    give_slots(session, found, plan, [*kept.values(), *made], result, days, now)
    session.flush()
    return made


def _drop_what_cannot_be_visited(
    session: Session, pool: Pool, live: Sequence[TargetEntry]
) -> dict[UUID, TargetEntry]:
    """A site that was closed, moved away or got another task since can't stay, pinned or not."""
    row = {each: n for n, each in enumerate(pool.ids)}
    kept = {}
    for each in live:
        at = row.get(each.site_id)
        is_possible = at is not None and pool.left_out[at] == LeftOut.NO
        if each.state is EntryState.TASKED or is_possible:
            kept[each.site_id] = each
        else:
            each.state = EntryState.DROPPED
    session.flush()
    return {site_id: each for site_id, each in kept.items() if site_id in row}


def _holding(pool: Pool, kept: Mapping[UUID, TargetEntry]) -> Pool:
    codes = [PARTS.index(kept[each].part) if each in kept else -1 for each in pool.ids]
    return replace(pool, held_part=np.array(codes, dtype=np.int64))


def _refuse_an_empty_pool(pool: Pool) -> None:
    if pool.eligible.any() or (pool.held_part >= 0).any():
        return
    counts = left_out_counts(pool)
    if not counts:
        raise Invalid({"kinds": say("本县还没有这些种类的点位，先在“点位”登记或导入")})
    words = {str(int(code)): reason for code, reason in LEFT_OUT_WORDS.items()}
    why = [say("{reason} {n} 处", reason=words[code], n=n) for code, n in counts.items()]
    raise Invalid({"kinds": say("现在没有可以列入的点位：{why}", why=why)})
