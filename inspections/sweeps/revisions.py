"""The revisions of a plan: who saved which when, and what is different from the one before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Message, NotFound, say
from ..registry.people import Person
from ..registry.sites import Site
from .plan import Plan, PlannedStop
from .plans import SweepPlan, knows, plan_of
from .sweeps import Sweep

MOST_SHOWN = 30
MOST_NAMED = 6
Names = Mapping[UUID, str]


class Revision(NamedTuple):
    """`differences` from the revision before, in words."""

    number: int
    saved_at: datetime
    saved_by: str
    differences: list[Message]


def revisions(
    session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep, since: int = 0
) -> list[Revision]:
    """The newest first, those after `since`. Raises NotFound for who is not on the need-to-know list."""
    if not knows(session, person, sweep):
        raise NotFound
    query = (
        select(SweepPlan.revision, SweepPlan.saved_at, Person.name)
        .outerjoin(Person, (Person.county == SweepPlan.county) & (Person.id == SweepPlan.saved_by_id))
        .where(SweepPlan.county == sweep.county, SweepPlan.sweep_id == sweep.id, SweepPlan.revision > since)
        .order_by(SweepPlan.revision.desc())
        .limit(MOST_SHOWN)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    plans = {n: plan_of(session, keys, sweep, n) for n in range(rows[-1].revision - 1, rows[0].revision + 1)}
    names = _names(session, sweep, plans.values())
    return [
        Revision(n, row.saved_at, row.name or "", differences(plans[n - 1], plans[n], names))
        for row in rows
        for n in (row.revision,)
    ]


def _names(session: Session, sweep: Sweep, plans: Iterable[Plan]) -> Names:
    ids = {stop.site_id for plan in plans for stop in plan.stops}
    query = select(Site.id, Site.name).where(Site.county == sweep.county, Site.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query)}


def differences(before: Plan, after: Plan, names: Names) -> list[Message]:
    """What somebody did between two plans, in words, the weightiest first."""
    old = {stop.site_id: stop for stop in before.stops}
    new = {stop.site_id: stop for stop in after.stops}
    found = [
        *_listed(say("加入"), [key for key in new if key not in old], names),
        *_dropped(after, [key for key in old if key not in new], names),
        *_changed(old, new, names),
    ]
    kept = [key for key in old if key in new]
    if kept != [key for key in new if key in old]:
        found.append(say("调整了次序"))
    if before.area != after.area:
        found.append(say("改了范围") if after.area else say("清除了范围"))
    if after.solved_at and after.solved_at != before.solved_at:
        found.append(say("重新排了路线"))
    return found or [say("没有可见的变化")]


def _listed(what: Message, keys: Sequence[UUID], names: Names) -> Iterator[Message]:
    if keys:
        shown = [names.get(key, "—") for key in keys[:MOST_NAMED]]
        more = say("等 {n} 处", n=len(keys)) if len(keys) > MOST_NAMED else ""
        yield say("{what}：{names}{more}", what=what, names=shown, more=more)


def _dropped(after: Plan, keys: Sequence[UUID], names: Names) -> Iterator[Message]:
    for key in keys[:MOST_NAMED]:
        if reason := after.dropped.get(key):
            yield say("去掉：{name}（{reason}）", name=names.get(key, "—"), reason=reason)
    yield from _listed(say("去掉"), [k for k in keys if k not in after.dropped or k in keys[MOST_NAMED:]], names)


CHANGES: dict[str, Message] = {
    "approach": say("改了进入办法"),
    "link": say("改了同时进入"),
    "service_minutes": say("改了用时"),
    "mix": say("改了人员要求"),
    "team_id": say("改了指定小组"),
    "exemption": say("改了免计理由"),
}


def _changed(old: Mapping[UUID, PlannedStop], new: Mapping[UUID, PlannedStop], names: Names) -> Iterator[Message]:
    both = [key for key in new if key in old]
    for name, words in CHANGES.items():
        yield from _listed(words, [k for k in both if getattr(old[k], name) != getattr(new[k], name)], names)
    moved = [k for k in both if _window(old[k]) != _window(new[k])]
    yield from _listed(say("改了时间窗"), moved, names)


def _window(stop: PlannedStop) -> tuple[datetime | None, datetime | None]:
    return stop.earliest_at, stop.latest_at
