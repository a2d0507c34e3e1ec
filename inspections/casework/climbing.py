"""The clock of escalation: every open problem climbs the ladder by working days, as far as its day has come.

What needs nobody's decision is done at once; the rungs above are proposed, and a person does or skips them. The
run looks at the present state alone, so it may come late, twice, or on two workers: a rung that a round has isn't
put forward again, and none below one that the round has reached.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from .. import events
from ..days import day_of
from ..db import new_id
from ..jobs import Work, job
from ..registry.counties import find_county
from ..rules.calendar import Calendar, calendar_of
from ..rules.statutory import list_years
from .clock_days import note_run
from .ladders import Ladder, Rung, ladder_on, next_after, reached
from .step_papers import compose_reminder
from .steps import BY_CLOCK, LADDER, Lapse, Step, StepKind, StepState


@dataclass
class Climbed:
    """What one run did: steps put forward by their kinds, and proposals taken back."""

    day: date
    put_forward: Counter[StepKind] = field(default_factory=Counter)
    taken_back: int = 0


@job("steps.climb", every="7 * * * *")
def climb_now(work: Work) -> None:
    climb(work.session, work.county, datetime.now(UTC))


def climb(session: Session, county: str, now: datetime) -> Climbed:
    """Do and propose whatever has fallen due in a county by `now`."""
    # A second run waits here and then finds that nothing is left to be done
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('steps.climb'), cast(:county as int))"), {"county": county}
    )
    # Beside a table that grew by a hundred thousand rows since it was counted, loops would take minutes
    session.execute(text("set local enable_nestloop = off"))
    today = day_of(now)
    done = Climbed(today)
    calendar = calendar_of(list_years(session, county), ())
    ladder = ladder_on(session, county, today)
    done.taken_back = _take_back(session, county, now)
    found = [
        *_by_deadline(session, county, ladder, calendar, now),
        *_by_decision(session, county, ladder, calendar, now),
    ]
    session.execute(text("set local enable_nestloop = on"))
    done.put_forward = _put_forward(session, county, ladder, found, now)
    note_run(session, county, today, now)
    return done


# How often a problem was taken up again, and the days that its rounds are told apart by
REOPENED = """
    reopened as (
        select finding_id, count(*)::int as n from closures
        where county = :county and reopened_at is not null group by finding_id
    )
"""
# What was confirmed after the hour of the run is not known to it: a run for a day of the past doesn't look ahead
OPEN = """f.county = :county and f.state in ('confirmed', 'rectifying') and f.suspended_at is null
    and (f.confirmed_at is null or f.confirmed_at <= :now)"""
OF_ROUND = "t.county = f.county and t.finding_id = f.id and t.opening = coalesce(r.n, 0) and t.deadline = f.due_on"
HELD = "array_position(cast(:ladder as text[]), t.kind)"
PRESSED = """
    pressed as (
        select i.finding_id, bool_or(d.state = 'served') as is_served from order_items i
        join orders d on d.county = i.county and d.id = i.order_id
        where i.county = :county and i.kind = 'supervision' and i.is_live group by i.finding_id
    )
"""
FACTS = "f.id, f.text, f.due_on as deadline, coalesce(r.n, 0) as opening, s.name as site"
FROM = """
    left join reopened r on r.finding_id = f.id
    join sites s on s.county = f.county and s.id = f.site_id
"""

CLOSED = "(f.state not in ('confirmed', 'rectifying') or t.opening <> coalesce(r.n, 0))"

TAKE_BACK = text(
    f"""
    with {REOPENED}
    update steps t set state = 'skipped', decided_at = :now, updated_at = now(),
        lapse = case when {CLOSED} then 'closed' else 'moved' end,
        reason = case when {CLOSED} then :closed else :moved end
    from findings f left join reopened r on r.finding_id = f.id
    where t.county = :county and t.state = 'proposed' and t.origin = 'clock' and t.number_text is null
    and f.county = t.county and f.id = t.finding_id and ({CLOSED} or t.deadline is distinct from f.due_on)
    returning t.id, t.kind, t.lapse
    """  # noqa: S608 - constants of this module
)


def _take_back(session: Session, county: str, now: datetime) -> int:
    """Proposals whose problem was mended, or has another deadline by now, aren't waited for any more."""
    words = {"closed": str(Lapse.CLOSED.label), "moved": str(Lapse.MOVED.label)}
    rows = session.execute(TAKE_BACK, {"county": county, "now": now, **words}).all()
    details = {row.id: {"kind": row.kind, "lapse": row.lapse} for row in rows}
    _record(session, county, "lapse", details)
    session.expire_all()
    return len(rows)


def _by_deadline(
    session: Session, county: str, ladder: Ladder, calendar: Calendar, now: datetime
) -> Iterable[tuple[Row[Any], Rung]]:
    today = day_of(now)
    days = session.scalars(DEADLINES, {"county": county, "now": now})
    wanted = []
    for day in days:
        rungs = [(rung, LADDER.index(rung.kind) + 1) for rung in reached(ladder, calendar, day, today)]
        if today > day:
            # A supervision order presses already: what follows is counted from the deadline that it set
            pressed = next_after(ladder, calendar, StepKind.SUPERVISION, day)
            if pressed and pressed.on <= today:
                rungs.append((pressed, LADDER.index(StepKind.SUPERVISION) + 1))
        wanted += [(day, rung, barred) for rung, barred in rungs]
    rows = session.execute(BY_DEADLINE, {"county": county, "now": now, "ladder": [kind.value for kind in LADDER],
        "days": [day for day, _, _ in wanted], "kinds": [rung.kind.value for _, rung, _ in wanted],
        "barred": [barred for _, _, barred in wanted]})  # fmt: skip
    rungs_by_key = {(day, rung.kind.value): rung for day, rung, _ in wanted}
    return [(row, rungs_by_key[row.deadline, row.kind]) for row in rows]


DEADLINES = text(f"select distinct due_on from findings f where {OPEN} and due_on is not null")  # noqa: S608

# A rung is wanted for each problem with its deadline, unless the round has got as far
BY_DEADLINE = text(
    f"""
    with {REOPENED}, {PRESSED}, wanted as (
        select * from unnest(cast(:days as date[]), cast(:kinds as text[]), cast(:barred as int[]))
            as wanted(day, kind, barred)
    )
    select {FACTS}, w.kind from findings f join wanted w on w.day = f.due_on {FROM}
    left join pressed p on p.finding_id = f.id
    where {OPEN}
    and not exists (
        select from steps t where {OF_ROUND} and t.lapse is null and {HELD} >= w.barred
        and (t.origin = 'clock' or w.barred > :by_clock)
    )
    and case w.kind
        when 'supervision' then p.finding_id is null
        when 'interview' then f.state = 'rectifying' and p.is_served
        else true end
    """  # noqa: S608 - constants of this module
).bindparams(by_clock=len(BY_CLOCK))

BY_DECISION = text(
    f"""
    with {REOPENED}
    select distinct on (f.id) {FACTS}, t.kind as below, t.decided_at from steps t
    join findings f on f.county = t.county and f.id = t.finding_id {FROM}
    where {OPEN} and {OF_ROUND} and f.state = 'rectifying'
    and t.kind in ('supervision', 'interview', 'notice') and t.state <> 'proposed' and t.lapse is null
    and not exists (
        select from steps u where u.county = t.county and u.finding_id = t.finding_id and u.opening = t.opening
        and u.deadline = t.deadline and u.lapse is null
        and u.kind in ('supervision', 'interview', 'notice', 'accountability')
        and (u.state = 'proposed' or array_position(cast(:ladder as text[]), u.kind) > {HELD})
    )
    order by f.id, t.decided_at desc
    """  # noqa: S608 - constants of this module
)


def _by_decision(
    session: Session, county: str, ladder: Ladder, calendar: Calendar, now: datetime
) -> Iterable[tuple[Row[Any], Rung]]:
    today = day_of(now)
    rows = session.execute(BY_DECISION, {"county": county, "now": now, "ladder": [kind.value for kind in LADDER]})
    known: dict[tuple[str, date], Rung | None] = {}
    for row in rows:
        # Who was spoken to before the deadline has all of it; the next rung is counted from there
        below, day = StepKind[row.below.upper()], max(day_of(row.decided_at), row.deadline)
        if (row.below, day) not in known:
            known[row.below, day] = next_after(ladder, calendar, below, day)
        rung = known[row.below, day]
        if rung and rung.on <= today:
            yield row, rung


def _put_forward(
    session: Session, county: str, ladder: Ladder, found: Iterable[tuple[Row[Any], Rung]], now: datetime
) -> Counter[StepKind]:
    home = find_county(session, county)
    names = {"county": home.name if home else "", "bureau": home.bureau if home else ""}
    found = sorted(found, key=lambda each: LADDER.index(each[1].kind))
    if not found:
        return Counter()
    told = _orders(session, county, [row.id for row, rung in found if rung.kind in BY_CLOCK])
    rows = [_step(row, rung, names | told.get(row.id, {}), day_of(now)) for row, rung in found]
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    made = set(
        session.scalars(
            PUT_FORWARD,
            {"county": county, "now": now, "region": ladder.region, "version": ladder.version, **columns},
        )
    )
    kept = [row for row in rows if row["ids"] in made]
    details = {row["ids"]: {"kind": row["kinds"], "due_on": f"{row['days']}"} for row in kept}
    _record(session, county, "climb", details)
    return Counter(StepKind[row["kinds"].upper()] for row in kept)


def _orders(session: Session, county: str, findings: list[UUID]) -> dict[UUID, dict[str, str]]:
    """The number and addressee of the newest served order of each problem that has one."""
    rows = session.execute(ORDERS, {"county": county, "findings": findings})
    return {row.finding_id: {"order": row.number_text, "addressee": row.addressee} for row in rows}


ORDERS = text(
    """
    select distinct on (i.finding_id) i.finding_id, d.number_text, d.addressee from order_items i
    join orders d on d.county = i.county and d.id = i.order_id
    where i.county = :county and i.finding_id = any(:findings) and i.is_live and d.state = 'served'
    order by i.finding_id, d.served_on desc, d.id desc
    """
)


def _step(row: Row[Any], rung: Rung, names: Mapping[str, str], today: date) -> dict[str, Any]:
    is_done = rung.kind in BY_CLOCK
    content = compose_reminder(rung.kind, row, names, today) if is_done else None
    return {
        "ids": new_id(),
        "findings": row.id,
        "kinds": rung.kind.value,
        "states": (StepState.DONE if is_done else StepState.PROPOSED).value,
        "days": rung.on,
        "years": rung.unpublished,
        "deadlines": row.deadline,
        "openings": row.opening,
        "contents": json.dumps(content, ensure_ascii=False) if content else None,
    }


PUT_FORWARD = text(
    """
    insert into steps (county, id, finding_id, kind, origin, state, due_on, proposed_at, decided_at, deadline,
        opening, unpublished, ladder_region, ladder_version, content)
    select :county, g.id, g.finding_id, g.kind, 'clock', g.state, g.due_on, :now,
        case when g.state = 'done' then cast(:now as timestamptz) end, g.deadline, g.opening, g.unpublished,
        :region, :version, g.content
    from unnest(cast(:ids as uuid[]), cast(:findings as uuid[]), cast(:kinds as text[]), cast(:states as text[]),
        cast(:days as date[]), cast(:years as int[]), cast(:deadlines as date[]), cast(:openings as int[]),
        cast(:contents as jsonb[]))
        as g(id, finding_id, kind, state, due_on, unpublished, deadline, opening, content)
    on conflict do nothing returning id
    """
)


def _record(session: Session, county: str, verb: str, details: Mapping[Any, dict[str, Any]]) -> None:
    if details:
        rows = events.rows_of(verb, Step.__tablename__, dict(details))
        session.execute(text(events.INSERT), {"county": county, "person_id": None, **rows})
