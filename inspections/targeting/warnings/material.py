"""What detectors look at: tips, findings, visits and clues of two years as columns, without a word of anybody."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Date, Text, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from ...casework.findings import Finding, FindingState
from ...days import day_of
from ...field.checks import Check, CheckKind
from ...intake.clues import Clue, ClueKind
from ...intake.tips import Tip, TipState
from ...registry.sites import Site

HISTORY = timedelta(days=760)  # two years and a window, for a rate against its own season
CHINA_OFFSET = np.timedelta64(8, "h")  # the one offset of the whole country, without summer time
TIP, FINDING, CHECK, CLUE = "tip", "finding", "check", "clue"

REFUTED = (TipState.UNFOUNDED, TipState.INVALID)
STANDING = (FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF)
# Two reports of one class are one thing that happened; two parents who want their money back are two.
SHARED_KINDS = (ClueKind.PHONE, ClueKind.TEACHER, ClueKind.PAYMENT, ClueKind.WECHAT)
FEE_WORDS = "退费|退款|退钱|不退|不给退|预付|预收|预存|跑路|关门|卷款|课时费|充值|储值|联系不上"

COLUMNS: dict[str, str] = {
    "source": "U8",
    "id": "U36",
    "at": "datetime64[s]",
    "site": "U36",
    "township": "U36",
    "kind": "U64",
    "lon": "float64",
    "lat": "float64",
    "is_fee": "bool",
    "is_repeat": "bool",
    "closed_on": "datetime64[D]",
}


@dataclass(frozen=True)
class Material:
    """Rows in the order of (at, source, id): `at` in UTC, places in WGS-84 degrees, NaN where unknown.

    `kind` is the category of a tip, the item of a finding, the kind of a check, and kind and hash of a clue.
    `closed_on` is the day on which the row's site was closed, NaT where it wasn't.
    """

    columns: dict[str, NDArray[Any]]
    until: datetime

    @classmethod
    def of(cls, rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]], until: datetime) -> Self:
        """Rows with the values of `COLUMNS`, in any order."""
        ordered = sorted(rows, key=lambda row: (row[2], row[0], row[1]))
        values = zip(*ordered, strict=True) if ordered else ([] for _ in COLUMNS)
        pairs = zip(COLUMNS.items(), values, strict=True)
        return cls({name: np.array(list(column), dtype=kind) for (name, kind), column in pairs}, until)

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The day of each row by China's calendar."""
        return (self.columns["at"] + CHINA_OFFSET).astype("datetime64[D]")

    @property
    def last_day(self) -> date:
        """The day that runs in China; what has come so far may be too much already."""
        return day_of(self.until)

    def only(self, chosen: NDArray[np.bool_]) -> "Material":
        return Material({name: column[chosen] for name, column in self.columns.items()}, self.until)

    def before(self, day: date) -> "Material":
        """What was known by the end of a day, as if it ran until then."""
        return self.only(self.days <= np.datetime64(day))


def read_material(session: Session, county: str, until: datetime) -> Material:
    """The county's rows of the last two years before a moment."""
    since = until - HISTORY
    query = union_all(*(each(county, since, until) for each in (_tips, _findings, _checks, _clues)))
    return Material.of([_row(row) for row in session.execute(query)], until)


def _row(row: Any) -> tuple[Any, ...]:
    source, key, at, site, township, kind, lon, lat, is_fee, is_repeat, closed_on = row
    return (
        source,
        str(key),
        at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        str(site or ""),
        str(township or ""),
        hashed(kind) if source == CLUE else kind or "other",
        np.nan if lon is None else lon,
        np.nan if lat is None else lat,
        is_fee,
        is_repeat,
        closed_on,
    )


def hashed(clue: str) -> str:
    """Kind and hash of a clue, so that equal ones are found and none is kept."""
    kind, _, value = clue.partition(":")
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:40]}"


def _tips(county: str, since: datetime, until: datetime) -> Any:
    place = func.coalesce(Tip.location, Site.location)
    return (
        select(
            literal(TIP),
            Tip.id,
            Tip.received_at,
            Tip.site_id,
            func.coalesce(Tip.township_id, Site.township_id),
            func.coalesce(cast(Tip.category, Text), cast(Site.category, Text)),
            func.ST_X(place),
            func.ST_Y(place),
            Tip.text.regexp_match(FEE_WORDS),
            Tip.state == TipState.DUPLICATE,
            Site.closed_on,
        )
        .outerjoin(Site, (Site.county == Tip.county) & (Site.id == Tip.site_id))
        .where(Tip.county == county, Tip.received_at >= since, Tip.received_at < until)
        .where(Tip.state.not_in(REFUTED))
    )


def _findings(county: str, since: datetime, until: datetime) -> Any:
    return _at_site(
        FINDING, Finding, Finding.found_at, Finding.item_code, Finding.state.in_(STANDING), county, since, until
    )


def _checks(county: str, since: datetime, until: datetime) -> Any:
    ended, visit = Check.device_finished_at, Check.kind != CheckKind.SELF
    return _at_site(CHECK, Check, ended, cast(Check.kind, Text), visit, county, since, until)


def _at_site(
    source: str, model: Any, at: Any, kind: Any, only: Any, county: str, since: datetime, until: datetime
) -> Any:
    place = (func.ST_X(Site.location), func.ST_Y(Site.location))
    nothing = (literal(value=False), literal(value=False))
    return (
        select(literal(source), model.id, at, Site.id, Site.township_id, kind, *place, *nothing, Site.closed_on)
        .join(Site, (Site.county == model.county) & (Site.id == model.site_id))
        .where(model.county == county, at >= since, at < until, only)
    )


def _clues(county: str, since: datetime, until: datetime) -> Any:
    """A clue belongs to a site, or to the site that its tip is about."""
    of_tip = aliased(Tip)
    site = func.coalesce(Clue.site_id, of_tip.site_id)
    return (
        select(
            literal(CLUE),
            Clue.id,
            Clue.at,
            Site.id,
            Site.township_id,
            cast(Clue.kind, Text) + ":" + Clue.value,
            null(),
            null(),
            literal(value=False),
            literal(value=False),
            cast(null(), Date),
        )
        .outerjoin(of_tip, (of_tip.county == Clue.county) & (of_tip.id == Clue.tip_id))
        .join(Site, (Site.county == Clue.county) & (Site.id == site))
        .where(Clue.county == county, Clue.at >= since, Clue.at < until, Clue.kind.in_(SHARED_KINDS))
        .where(or_(of_tip.id.is_(None), of_tip.state.not_in(REFUTED)))
    )
