"""What was known of a county's sites, and from when: the one reader behind every score of risk.

Each fact carries the moment from which it was known, so that a score as of a past one uses nothing learnt later:

- the state of a tip is that of its moves; a tip belongs to a site from the move that said so, else from receipt;
- a finding counts from the receipt of its check, as confirmed from its confirmation, as open until it was struck
  off or rejected, with the deadline that stood then;
- a visit counts from the receipt of its record;
- state, papers, premises and category of a site are taken back through its events and through imports.

History is not kept of a site's place, of what it was moved from, and of deadlines that no event wrote: there the
present stands. Who visited is nowhere in these queries, since nobody's name may move a score.
"""

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from ...registry.sites import SiteKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.str_]
DAY_S = 86_400.0
METRES_A_DEGREE = 111_195.0
YEARS_S = 3 * 365 * DAY_S  # what is older says nothing any more


@dataclass(frozen=True)
class Sites:
    """Row i of every array is the same site. `x_m`, `y_m` are metres on a plane near the county."""

    ids: tuple[UUID, ...]
    words: dict[str, Words]  # kind, category, premises, state, licence_state, township as they are now
    x_m: Floats
    y_m: Floats
    known_s: Floats
    watched_until_s: Floats
    has_moved: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class History:
    """Facts in columns; `site` is a row of `sites` (−1: none), moments are POSIX seconds, inf for never."""

    until: datetime
    sites: Sites
    changes: dict[str, Any]  # site, at, field, was: what a word of a site was before `at`
    tips: dict[str, Any]  # id, site, x_m, y_m, known, linked, happened, is_about_fees
    moves: dict[str, Any]  # tip (a row of tips), at, state; in the order of time
    findings: dict[str, Any]  # site, check, found, known, decided, is_rejected, confirmed, severity
    closures: dict[str, Any]  # finding (a row of findings), closed, reopened
    deadlines: dict[str, Any]  # finding (a row of findings), at, due
    visits: dict[str, Any]  # id, site, at, known, kind
    listings: dict[str, Any]  # site, list, listed, removed


def read_history(session: Session, county: str, until: datetime) -> History:
    """Everything known until a moment, of the last three years."""
    asked = {"county": county, "until": until, "school": SiteKind.SCHOOL.value, "span_s": YEARS_S}
    read = {name: _columns(session, name, asked) for name in SQL}
    sites = read["sites"]
    x_m, y_m, plane = _plane(sites["lon"], sites["lat"])
    row_of = {key: row for row, key in enumerate(sites["id"])}
    for name in ("changes", "tips", "findings", "visits", "listings"):
        read[name]["site"] = _rows(read[name]["site"], row_of)
    tips, findings = read["tips"], read["findings"]
    tips["x_m"], tips["y_m"] = plane(tips.pop("lon"), tips.pop("lat"))
    read["moves"]["tip"] = _rows(read["moves"]["tip"], {key: row for row, key in enumerate(tips["id"])})
    row_of_finding = {key: row for row, key in enumerate(findings.pop("id"))}
    for name in ("closures", "deadlines"):
        read[name]["finding"] = _rows(read[name]["finding"], row_of_finding)
    return History(
        until,
        Sites(
            tuple(sites["id"]),
            {name: np.asarray(sites[name], dtype=str) for name in SITE_WORDS},
            x_m,
            y_m,
            sites["known"],
            sites["watched_until"],
            sites["has_moved"].astype(bool),
        ),
        read["changes"],
        tips,
        read["moves"],
        findings,
        read["closures"],
        read["deadlines"],
        read["visits"],
        read["listings"],
    )


SITE_WORDS = ("kind", "category", "premises", "state", "licence_state", "township")
NUMBERS = {
    *("lon", "lat", "known", "linked", "watched_until", "has_moved", "at", "due", "found", "decided", "confirmed"),
    *("happened", "closed", "reopened", "severity", "listed", "removed", "is_about_fees", "is_rejected"),
}


def _columns(session: Session, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    result = session.execute(text(SQL[name]), asked)
    names = list(result.keys())
    rows = result.all()
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {
        key: np.array([inf if value is None else value for value in column], dtype=float)
        if key in NUMBERS
        else _words(column)
        for key, column in zip(names, columns, strict=True)
    }


def _words(column: Any) -> NDArray[np.object_]:
    return np.array(["" if value is None else value for value in column], dtype=object)


def _rows(keys: Any, row_of: dict[Any, int]) -> Ints:
    return np.array([row_of.get(key, -1) for key in keys], dtype=np.int64)


def _plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Any]:
    """Metres east and north of the whole degrees nearest the county's middle, true to a hundredth.

    Whole degrees, so that a site that is added later moves no other: squares and distances stay as they were.
    """
    middle = (round(float(np.median(lon))), round(float(np.median(lat)))) if len(lon) else (0, 0)
    wide = METRES_A_DEGREE * float(np.cos(np.radians(middle[1])))

    def plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return (lon - middle[0]) * wide, (lat - middle[1]) * METRES_A_DEGREE

    return (*plane(lon, lat), plane)


def _s(moment: str) -> str:
    return f"extract(epoch from {moment})::float8"


SINCE = "cast(:until as timestamptz) - make_interval(secs => :span_s)"
# A make-up of words of constants of this module
SQL = {
    "sites": f"""
        select id, kind, category, coalesce(premises, '') as premises, state,
            coalesce(licence_state, '') as licence_state, coalesce(township_id::text, '') as township,
            st_x(location) as lon, st_y(location) as lat, {_s("created_at")} as known,
            {_s("watched_until::timestamp at time zone 'Asia/Shanghai'")} as watched_until,
            (moved_from_id is not null)::int::float8 as has_moved
        from sites where county = :county and kind <> :school and location is not null order by id""",
    # What the words of a site were before an event; an import kept the whole row that it wrote over
    "changes": f"""
        select e.subject_id as site, {_s("e.at")} as at, w.field, coalesce(w.was, '') as was
        from events e cross join lateral (
            select 'state' as field, e.detail ->> 'was' as was where e.verb in ('change_state', 'undo_state')
            union all select 'licence_state', e.detail ->> 'was' where e.verb = 'licences_change'
            union all select key, value from jsonb_each_text(
                case when e.verb in ('edit', 'settle') and jsonb_typeof(e.detail -> 'was') = 'object'
                then e.detail -> 'was' else '{{}}'::jsonb end
            ) where key in ('state', 'licence_state', 'category', 'premises')
        ) as w
        where e.county = :county and e.subject = 'sites' and e.subject_id is not null
        union all
        select c.subject_id, {_s("coalesce(r.finished_at, r.created_at)")}, f.field,
            coalesce(c.before ->> f.field, '')
        from import_changes c join import_runs r on r.county = c.county and r.id = c.run_id
        cross join unnest(array['state', 'licence_state', 'category', 'premises']) as f(field)
        where c.county = :county and c.before ? f.field and r.state = 'done'
        order by 2""",
    "tips": f"""
        select t.id, t.site_id as site, st_x(coalesce(t.location, s.location)) as lon,
            st_y(coalesce(t.location, s.location)) as lat,
            {_s("greatest(t.received_at, m.received)")} as known,
            {_s("coalesce(m.named, m.sent, greatest(t.received_at, m.received))")} as linked,
            {_s("t.happened_at")} as happened,
            (t.text ~ '收费|退费|退款|学费|费用|缴费|押金|卷款|跑路')::int::float8 as is_about_fees
        from tips t
        left join sites s on s.county = t.county and s.id = t.site_id
        left join lateral (
            select min(at) filter (where kind = 'received') as received,
                min(at) filter (where kind = 'assigned') as sent,
                max(at) filter (where kind = 'note' and note like '涉及点位%') as named
            from tip_moves where county = t.county and tip_id = t.id
        ) as m on true
        where t.county = :county and t.received_at <= :until and t.received_at > {SINCE}
        order by t.id""",
    "moves": f"""
        select m.tip_id as tip, {_s("m.at")} as at, m.state from tip_moves m
        join tips t on t.county = m.county and t.id = m.tip_id
        where m.county = :county and m.at <= :until and t.received_at <= :until and t.received_at > {SINCE}
        order by m.at, m.id""",
    "findings": f"""
        select f.id, f.site_id as site, coalesce(f.check_id::text, '') as "check", {_s("f.found_at")} as found,
            {_s("coalesce(c.received_at, f.found_at)")} as known,
            {_s("coalesce(f.confirmed_at, e.rejected, case when f.state <> 'proposed' then f.found_at end)")}
                as decided,
            (f.state = 'rejected')::int::float8 as is_rejected,
            {_s("case when f.state not in ('proposed', 'rejected') then coalesce(f.confirmed_at, f.found_at) end")}
                as confirmed,
            f.severity::float8 as severity
        from findings f
        left join checks c on c.county = f.county and c.id = f.check_id
        left join lateral (
            select min(at) as rejected from events
            where county = f.county and subject_id = f.id and subject = 'findings' and verb = 'reject'
        ) as e on true
        where f.county = :county and f.found_at <= :until and f.found_at > {SINCE}
        order by f.id""",
    "closures": f"""
        select finding_id as finding, {_s("closed_at")} as closed, {_s("reopened_at")} as reopened
        from closures where county = :county and closed_at <= :until
        union all
        select id, {_s("struck_off_at")}, null from findings f where county = :county and struck_off_at <= :until
            and not exists (select from closures c where c.county = f.county and c.finding_id = f.id)
        order by 2""",
    # As each event set it; one that no event wrote stands from the confirmation, as before a later event
    "deadlines": f"""
        select subject_id as finding, {_s("at")} as at,
            {_s("(detail ->> 'due_on')::timestamp at time zone 'Asia/Shanghai'")} as due
        from events where county = :county and subject = 'findings' and at <= :until
            and detail ->> 'due_on' ~ '^\\d{{4}}-\\d\\d-\\d\\d$'
        union all
        select f.id, {_s("coalesce(f.confirmed_at, f.found_at)")},
            {_s("coalesce(l.was, f.due_on)::timestamp at time zone 'Asia/Shanghai'")}
        from findings f left join lateral (
            select (detail ->> 'was')::date as was from events e
            where e.county = f.county and e.subject_id = f.id and e.subject = 'findings'
                and e.at > :until and e.detail ->> 'was' ~ '^\\d{{4}}-\\d\\d-\\d\\d$'
            order by e.at, e.id limit 1
        ) as l on true
        where f.county = :county and f.due_on is not null and not exists (
            select from events e where e.county = f.county and e.subject_id = f.id and e.at <= :until
                and e.detail ? 'due_on')
        order by 2""",
    # What a site says of itself is no visit
    "visits": f"""
        select id::text as id, site_id as site, {_s("device_finished_at")} as at,
            {_s("received_at")} as known, kind
        from checks
        where county = :county and received_at <= :until and received_at > {SINCE} and kind <> 'self'
        order by device_finished_at, id""",
    "listings": f"""
        select site_id as site, list, {_s("listed_at")} as listed, {_s("removed_at")} as removed
        from public_listings where county = :county and listed_at <= :until order by listed_at, id""",
}
