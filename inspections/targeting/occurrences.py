"""Occurrences: weighted tips and confirmed findings with place and moment, as every analysis reads them.

They are read as columns, in binary: a million of them make no million objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from ..binary_columns import EPOCH, read_columns
from ..casework.findings import FindingState
from ..intake.tips import TipState

# A report that proved true says twice as much as one nobody has looked at; a refuted or repeated one nothing.
TIP_WEIGHTS = {TipState.NEW: 1.0, TipState.ASSIGNED: 1.0, TipState.CONFIRMED: 2.0}
COUNTED_FINDINGS = (FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)
CHINA_OFFSET = timedelta(hours=8)  # the one offset of the whole country, without summer time
KINDS = np.array(["tip", "finding"])

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Occurrences:
    """Weighted events: `lon`, `lat` in WGS-84 degrees, `at` in UTC, `kind` "tip" or "finding".

    `id` is that of the tip or finding, 16 bytes. They are in the order of `at`, those of one moment by `id`.
    """

    lon: Floats
    lat: Floats
    weight: Floats
    at: NDArray[np.datetime64]
    kind: NDArray[np.str_]
    id: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The day of each by China's calendar."""
        return (self.at + np.timedelta64(CHINA_OFFSET)).astype("datetime64[D]")


def occurrences(
    session: Session, county: str, since: datetime, until: datetime, known_at: datetime | None = None
) -> Occurrences:
    """Tips that were not refuted and findings that were confirmed, at their own place or at their site's.

    Tips by when they were received and findings by when they were found, from `since` until before `until`.
    `known_at` asks as of a past moment: a tip is in the state of its last move until then, one that had none was
    not known; a finding counts if it was confirmed until then. Places are those known today, since a place that
    was put right is not written down with its moment.
    """
    values = {
        "county": county,
        "since": since,
        "until": until,
        "known_at": known_at,
        "counted": [state.value for state in TIP_WEIGHTS],
        "standing": [state.value for state in COUNTED_FINDINGS],
    }
    tips = TIPS_THEN if known_at else TIPS_NOW
    findings = FINDINGS_THEN if known_at else FINDINGS_NOW
    columns = read_columns(session, f"{tips} union all {findings}", COLUMNS, values)
    order = _order(columns)
    columns = {name: column[order] for name, column in columns.items()}
    return Occurrences(
        lon=columns["lon"],
        lat=columns["lat"],
        weight=columns["weight"],
        at=(EPOCH + columns["at"].astype("timedelta64[us]")).astype("datetime64[s]"),
        kind=KINDS[columns["kind"]],
        id=columns["id"],
    )


def _order(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """By moment, then by key: the same for the same rows, however the database gives them."""
    at = columns["at"]
    order = np.argsort(at, kind="stable")
    if (np.diff(at[order]) > 0).all():
        return order
    halves = columns["id"].view([("high", ">u8"), ("low", ">u8")])
    return np.lexsort((halves["low"], halves["high"], at))


COLUMNS = {"lon": ">f8", "lat": ">f8", "weight": ">f8", "at": ">i8", "kind": ">i2", "id": "V16"}
_WEIGHT = " ".join(f"when '{state.value}' then {weight}::float8" for state, weight in TIP_WEIGHTS.items())
_PLACED = """
    select ST_X(place), ST_Y(place), case state {weights} end, at, 0::int2, id from (
        select coalesce(t.location, s.location) as place, {state} as state, t.received_at as at, t.id
        from tips t left join sites s on s.county = t.county and s.id = t.site_id {joined}
        where t.county = %(county)s and t.received_at >= %(since)s and t.received_at < %(until)s {more}
    ) as tip where place is not null and state = any(%(counted)s)
"""
TIPS_NOW = _PLACED.format(weights=_WEIGHT, state="t.state", joined="", more="")
# Only where a move came later, the state of then is looked for: of most tips it is today's
TIPS_THEN = _PLACED.format(
    weights=_WEIGHT,
    state="""case when later.tip_id is null then t.state else (
        select m.state from tip_moves m where m.county = t.county and m.tip_id = t.id and m.at <= %(known_at)s
        order by m.at desc, m.id desc limit 1) end""",
    joined="""left join (
        select distinct tip_id from tip_moves where county = %(county)s and at > %(known_at)s
        ) as later on later.tip_id = t.id""",
    more="and t.received_at <= %(known_at)s",
)
FINDINGS_NOW = """
    select ST_X(s.location), ST_Y(s.location), f.severity::float8, f.found_at, 1::int2, f.id
    from findings f join sites s on s.county = f.county and s.id = f.site_id
    where f.county = %(county)s and f.found_at >= %(since)s and f.found_at < %(until)s
        and f.state = any(%(standing)s) and s.location is not null
"""
FINDINGS_THEN = FINDINGS_NOW + " and f.confirmed_at <= %(known_at)s and f.found_at <= %(known_at)s"
