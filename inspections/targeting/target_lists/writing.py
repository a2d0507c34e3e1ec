"""Writes what was chosen: the summary of a list, its entries, their slots."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import new_id
from ...registry.imports.previews import messages_as_json
from .choosing import PARTS, Choice
from .gathering import Gathered
from .likely_times import Time, likely_times
from .lists import EntryState, Part, TargetEntry, TargetList
from .placing import Likely, Placed, Stop, place
from .plan import Plan
from .pool import LEFT_OUT_WORDS, Exempt, Ints, Pool


class Result:
    """What was gathered and chosen, found by site."""

    def __init__(self, gathered: Gathered, choice: Choice) -> None:
        self.gathered, self.choice, self.pool = gathered, choice, gathered.pool

    @cached_property
    def row(self) -> dict[UUID, int]:
        return {each: row for row, each in enumerate(self.pool.ids)}

    @cached_property
    def _towns(self) -> Ints:
        return self.pool.towns[1]

    @property
    def chosen(self) -> list[UUID]:
        return [each for each, row in self.row.items() if self.choice.chosen[row]]

    def stop(self, entry: TargetEntry, likely: Sequence[Likely] = ()) -> Stop:
        row = self.row[entry.site_id]
        return Stop(
            key=entry.site_id,
            lon=float(self.pool.lon[row]),
            lat=float(self.pool.lat[row]),
            town=int(self._towns[row]),
            minutes=entry.minutes,
            is_firm=entry.is_pinned or entry.part is not Part.RISK,
            likely=likely,
        )


def left_out_counts(pool: Pool) -> dict[str, int]:
    """How many sites are left out for each reason, by its code."""
    return {str(int(each)): n for each in LEFT_OUT_WORDS if (n := int((pool.left_out == each).sum()))}


def summary_of(result: Result, days: int) -> dict[str, Any]:
    choice, scores = result.choice, result.gathered.scores
    towns = zip(result.pool.towns[0], *choice.bounds, strict=True)
    return {
        "days": days,
        "entries": int(choice.chosen.sum()),
        "eligible": choice.eligible,
        "explored": choice.explored,
        "chance": choice.chance,
        "left_out": left_out_counts(result.pool),
        "hop_minutes": choice.hop_minutes,
        "minutes_used": round(choice.minutes_used),
        "capacity": round(choice.capacity),
        "lowest": choice.lowest,
        "basis": scores.basis,
        "model_id": str(scores.model_id) if scores.model_id else None,
        "towns": [[str(town) if town else None, int(low), int(high), int(got)] for town, low, high, got in towns],
        "notes": messages_as_json(choice.notes),
    }


def new_entry(found: TargetList, result: Result, site_id: UUID, replaced: TargetEntry | None) -> TargetEntry:
    pool, row = result.pool, result.row[site_id]
    part = PARTS[int(result.choice.part[row])]
    risk = result.gathered.risks.get(site_id)
    due = result.gathered.days.get(site_id) if pool.is_due[row] else None
    made = TargetEntry(county=found.county, id=new_id(), list_id=found.id, site_id=site_id, part=part)
    made.state, made.is_pinned, made.revision = EntryState.PROPOSED, False, found.revision
    made.probability, made.severity = float(pool.probability[row]), float(pool.severity[row])
    made.inclusion_probability = result.choice.chance if part is Part.EXPLORATION else None
    made.reasons = [[each.weight, *messages_as_json([each.words])[0]] for each in risk.reasons] if risk else []
    made.exempt_from_cap = Exempt(int(pool.exempt[row])).name.lower() if pool.exempt[row] else ""
    made.minutes = int(pool.minutes[row])
    made.window = {"due_on": due.isoformat()} if due else {}
    made.replaces_id = replaced.id if replaced else None
    return made


def give_slots(
    session: Session,
    found: TargetList,
    plan: Plan,
    entries: Sequence[TargetEntry],
    result: Result,
    days: Sequence[date],
    now: datetime,
) -> None:
    """Give each entry its day, team and stop. Those with a task keep day and team: somebody was told."""
    open_ones = [each for each in entries if each.state is EntryState.PROPOSED]
    times = likely_times(session, found.county, [each.site_id for each in open_ones], days, now)
    stops = [result.stop(each, [one.likely for one in times.get(each.site_id, [])]) for each in open_ones]
    taken = [
        (result.stop(each), _slot_of(each, each.day))
        for each in entries
        if each.state is EntryState.TASKED and each.day is not None
    ]
    placed = place(stops, plan, days, taken)
    for each in entries:
        slot = placed.get(each.site_id)
        if each.state is EntryState.PROPOSED:
            _write_slot(each, slot, times.get(each.site_id, []))
        elif slot:
            each.stop, each.travel_minutes = slot.stop, slot.travel_minutes


def _slot_of(entry: TargetEntry, day: date) -> Placed:
    likely = Likely(day, entry.window.get("start", 18), entry.window.get("end", 21), 1.0)
    return Placed(day, entry.team or 1, entry.stop or 1, entry.travel_minutes or 0.0, likely)


def _write_slot(entry: TargetEntry, slot: Placed | None, times: Sequence[Time]) -> None:
    """The window is that of the slot, else the likeliest of the period."""
    due = {name: text for name, text in entry.window.items() if name == "due_on"}
    if slot is None:
        entry.day = entry.team = entry.stop = entry.travel_minutes = None
        best = max(times, key=lambda each: (each.likely.share, each.likely.day), default=None)
    else:
        entry.day, entry.team, entry.stop, entry.travel_minutes, _ = slot
        best = next((each for each in times if each.likely == slot.likely), None)
    entry.window = due | (best.as_json() if best else {})
