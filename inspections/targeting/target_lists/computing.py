"""Makes a list, and makes it again: gather, choose, place, write. A list keeps the data its choice was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import events
from ...access import get, require
from ...days import day_of
from ...db import new_id
from ...errors import Conflict, Invalid, say
from ...registry.people import Person
from ..snapshots import columns_of, keep
from .choosing import PARTS, VERSION, Choice, choose
from .county_settings import rules_of
from .gathering import Gathered, gather
from .likely_times import likely_times
from .lists import LIVE, EntryState, Part, TargetEntry, TargetList
from .placing import Placed, Stop, place
from .plan import Plan
from .pool import EXEMPT_WORDS, LEFT_OUT_WORDS, Exempt, LeftOut, Pool

SNAPSHOT_KIND = "target list"


def make_list(session: Session, person: Person, plan: Plan, seed: int, now: datetime) -> TargetList:
    """Make a list. Raises Invalid with what stands in the way: no site, no time, more that must be visited than fits."""
    require(person, "target.plan")
    made = TargetList(county=person.county, id=new_id(), first_day=plan.first_day, last_day=plan.last_day)
    made.settings, made.seed, made.version, made.revision = plan.as_json(), seed, VERSION, 0
    made.made_by_id, made.computed_at = person.id, now
    _compute(session, made, plan, {}, now)
    events.record(session, person, "make", made, revision=made.revision, entries=made.summary["entries"])
    return made


def compute_again(session: Session, person: Person, list_id: UUID, revision: int, now: datetime) -> TargetList:
    """Choose anew as of `now`: what is pinned, has a task or was drawn at random stays, what was refused stays off.

    The county's caps and percentage are taken as they are now. Raises Conflict where somebody else was quicker.
    """
    found = locked(session, person, list_id, revision)
    refuse_what_is_over(found, day_of(now))
    rules = rules_of(session, found.county)
    plan = Plan.from_json(
        found.settings
        | {
            "exploration_percent": rules.exploration_percent,
            "caps": {str(kind): n for kind, n in rules.caps.items()},
            "cap_basis": rules.cap_basis,
        }
    )
    live = entries_of(session, found, *LIVE)
    kept = [each for each in live if stays(each)]
    for each in live:
        if each not in kept:
            each.state = EntryState.DROPPED
    found.settings = plan.as_json()
    _compute(session, found, plan, {each.site_id: each for each in kept}, now)
    events.record(session, person, "compute", found, revision=found.revision, entries=found.summary["entries"])
    return found


def fill_up(
    session: Session, found: TargetList, now: datetime, replaced: TargetEntry | None = None
) -> list[TargetEntry]:
    """Keep all that is on the list and take the next best for what is free; `replaced` is whose place it takes."""
    live = entries_of(session, found, *LIVE)
    return _compute(
        session, found, Plan.from_json(found.settings), {each.site_id: each for each in live}, now, replaced
    )


def stays(entry: TargetEntry) -> bool:
    """A drawn site stays: an unbiased sample is drawn once and not until it pleases."""
    return entry.is_pinned or entry.state is EntryState.TASKED or entry.part is Part.EXPLORATION


def choose_again(session: Session, found: TargetList) -> dict[UUID, Part]:
    """The choice computed once more from what was kept: the sites and their parts. For whoever wants to check it."""
    pool = Pool(**columns_of(session, found.county, found.snapshot_id))
    plan = Plan.from_json(found.settings)
    choice = choose(pool, plan, found.seed, found.summary["days"])
    return {
        each: PARTS[part] for each, part in zip(pool.ids, choice.part.tolist(), strict=True) if part >= 0
    }


def locked(session: Session, person: Person, list_id: UUID, revision: int | None = None) -> TargetList:
    """The list, held for this transaction. Raises NotFound, and Conflict if it is no longer what the page showed."""
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


@dataclass(frozen=True)
class _Result:
    gathered: Gathered
    choice: Choice
    row: Mapping[UUID, int]


def _compute(
    session: Session,
    found: TargetList,
    plan: Plan,
    kept: Mapping[UUID, TargetEntry],
    now: datetime,
    replaced: TargetEntry | None = None,
) -> list[TargetEntry]:
    refused = {each.site_id for each in entries_of(session, found, EntryState.REFUSED)} if found.revision else set()
    days = plan.days_from(day_of(now))
    held = {site_id: each.part for site_id, each in kept.items()}
    gathered = gather(session, found.county, plan, now, held, refused)
    _refuse_an_empty_pool(gathered.pool)
    choice = choose(gathered.pool, plan, found.seed, len(days))
    snapshot = keep(session, found.county, SNAPSHOT_KIND, gathered.pool.columns(), now, now)
    found.snapshot_id, found.computed_at, found.revision = snapshot.id, now, found.revision + 1
    found.version = VERSION
    ids = gathered.pool.ids
    result = _Result(gathered, choice, {each: row for row, each in enumerate(ids)})
    fresh = [each for row, each in enumerate(ids) if choice.chosen[row] and each not in kept]
    found.summary = _summary(result, len(days))
    session.add(found)
    session.flush()
    made = [_entry(found, result, each, replaced) for each in fresh]
    session.add_all(made)
    _place(session, found, plan, [*kept.values(), *made], result, days)
    session.flush()
    return made


def _refuse_an_empty_pool(pool: Pool) -> None:
    if pool.eligible.any() or (pool.held_part >= 0).any():
        return
    counts = left_out_counts(pool)
    if not counts:
        raise Invalid({"kinds": say("本县还没有这些种类的点位，先在“点位”登记或导入")})
    why = [say("{reason} {n} 处", reason=LEFT_OUT_WORDS[LeftOut(int(code))], n=n) for code, n in counts.items()]
    raise Invalid({"kinds": say("现在没有可以列入的点位：{why}", why=why)})


def left_out_counts(pool: Pool) -> dict[str, int]:
    """How many sites are left out for each reason, by its code."""
    return {str(int(each)): n for each in LEFT_OUT_WORDS if (n := int((pool.left_out == each).sum()))}


def _summary(result: _Result, days: int) -> dict[str, Any]:
    choice, pool = result.choice, result.gathered.pool
    towns = pool.towns[0]
    scores = result.gathered.scores
    return {
        "days": days,
        "entries": int(choice.chosen.sum()),
        "eligible": choice.eligible,
        "explored": choice.explored,
        "left_out": left_out_counts(pool),
        "hop_minutes": choice.hop_minutes,
        "minutes_used": round(choice.minutes_used),
        "capacity": round(choice.capacity),
        "lowest": choice.lowest,
        "basis": scores.basis,
        "model_id": str(scores.model_id) if scores.model_id else None,
        "towns": [
            [str(town) if town else None, int(lower), int(upper), int(got)]
            for town, lower, upper, got in zip(towns, *choice.bounds, strict=True)
        ],
        "notes": [[note.template, note.values] for note in choice.notes],
    }


def _entry(found: TargetList, result: _Result, site_id: UUID, replaced: TargetEntry | None) -> TargetEntry:
    pool, choice, row = result.gathered.pool, result.choice, result.row[site_id]
    part = PARTS[int(choice.part[row])]
    risk = result.gathered.risks.get(site_id)
    due = result.gathered.days.get(site_id) if part is Part.RECHECK else None
    made = TargetEntry(county=found.county, id=new_id(), list_id=found.id, site_id=site_id, part=part)
    made.state, made.is_pinned, made.revision = EntryState.PROPOSED, False, found.revision
    made.probability, made.severity = float(pool.probability[row]), float(pool.severity[row])
    made.inclusion_probability = float(choice.inclusion[row]) if part is Part.EXPLORATION else None
    made.reasons = [[each.weight, *each.words] for each in risk.reasons] if risk else []
    made.exempt_from_cap = Exempt(int(pool.exempt[row])).name.lower() if pool.exempt[row] else ""
    made.minutes = int(pool.minutes[row])
    made.window = {"due_on": due.isoformat()} if due else {}
    made.replaces_id = replaced.id if replaced and replaced.part is part else None
    return made


def _place(
    session: Session,
    found: TargetList,
    plan: Plan,
    entries: Sequence[TargetEntry],
    result: _Result,
    days: Sequence[date],
) -> None:
    """Give each entry a slot; those with a task keep theirs, since somebody was told."""
    pool = result.gathered.pool
    towns = pool.towns[1]
    times = likely_times(session, found.county, [each.site_id for each in entries], days)
    stops = [
        Stop(
            key=each.site_id,
            lon=float(pool.lon[row]),
            lat=float(pool.lat[row]),
            town=int(towns[row]),
            minutes=each.minutes,
            is_firm=each.is_pinned or each.part is not Part.RISK,
            likely=[time.likely for time in times.get(each.site_id, [])],
        )
        for each in entries
        if each.state is EntryState.PROPOSED and (row := result.row.get(each.site_id)) is not None
    ]
    taken = _taken(entries, pool, towns, result)
    placed = place(stops, plan, days, taken)
    strips = {each.site_id: times.get(each.site_id, []) for each in entries}
    for each in entries:
        if each.state is EntryState.PROPOSED:
            _write_slot(each, placed.get(each.site_id), strips[each.site_id])
        elif each.site_id in placed:
            each.stop = placed[each.site_id].stop


def _taken(
    entries: Sequence[TargetEntry], pool: Pool, towns: Any, result: _Result
) -> list[tuple[Stop, Placed]]:
    """Slots that are no longer free."""
    from .placing import Likely

    return [
        (
            Stop(each.site_id, float(pool.lon[row]), float(pool.lat[row]), int(towns[row]), each.minutes, True, ()),
            Placed(each.day, each.team or 1, each.stop or 1, each.travel_minutes or 0.0,
                   Likely(each.day, each.window.get("start", 18), each.window.get("end", 21), 1.0)),
        )
        for each in entries
        if each.state is EntryState.TASKED and each.day and (row := result.row.get(each.site_id)) is not None
    ]  # fmt: skip


def _write_slot(entry: TargetEntry, slot: Placed | None, times: Sequence[Any]) -> None:
    due = {name: text for name, text in entry.window.items() if name == "due_on"}
    if slot is None:
        entry.day = entry.team = entry.stop = entry.travel_minutes = None
        best = max(times, key=lambda each: (each.likely.share, each.likely.day), default=None)
    else:
        entry.day, entry.team, entry.stop, entry.travel_minutes = slot[:4]
        best = next((each for each in times if each.likely == slot.likely), None)
    entry.window = due | (best.as_json() if best else {})


def exempt_words(entry: TargetEntry) -> Any:
    """Why the visit is free of the cap, in words; None where it counts."""
    return EXEMPT_WORDS[Exempt[entry.exempt_from_cap.upper()]] if entry.exempt_from_cap else None
