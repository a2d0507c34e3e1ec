"""What a table is asked about: days, a place, and the moment whose knowledge counts."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ...days import CHINA, day_of
from ...errors import Invalid, say
from ...registry.areas import Area
from ...registry.counties import find_county
from ...registry.sites import Site
from ...registry.zones import Zone
from .periods import named

TEXT = re.compile(
    r"(?P<county>\d{6})~(?P<first>\d{4}-\d\d-\d\d)~(?P<last>\d{4}-\d\d-\d\d)~(?P<as_of>[0-9T:.\-]{19,26}Z)"
    r"~(?P<place>|[tz]-[0-9a-f]{32})"
)


@dataclass(frozen=True)
class Selection:
    """Days in China, both ends included, of one county or of one township or zone of it.

    `as_of` is an aware moment: what was recorded, mended or taken back after it doesn't count. It makes the same
    question give the same answer later.
    """

    county: str
    first: date
    last: date
    as_of: datetime
    township_id: UUID | None = None
    zone_id: UUID | None = None

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment after the last day."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def is_running(self) -> bool:
        """Whether the period goes on after the moment of the figures."""
        return self.as_of < self.end - timedelta(microseconds=1)

    def during(self, column: Any) -> Any:
        """A condition: the moment of a column lies in the period and was known."""
        return and_(column >= self.start, column < self.end, column <= self.as_of)

    def here(self) -> Any:
        """A condition: the site lies in the place asked for."""
        conditions = [Site.county == self.county]
        if self.township_id:
            conditions.append(Site.township_id == self.township_id)
        if self.zone_id:
            conditions.append(Site.zone_id == self.zone_id)
        return and_(*conditions)

    def as_text(self) -> str:
        """In an address; `parse` reads it."""
        place = (
            f"t-{self.township_id.hex}" if self.township_id else f"z-{self.zone_id.hex}" if self.zone_id else ""
        )
        moment = self.as_of.astimezone(UTC).replace(tzinfo=None).isoformat()
        return f"{self.county}~{self.first}~{self.last}~{moment}Z~{place}"

    @classmethod
    def parse(cls, text: str) -> "Selection":
        """Raises ValueError for what `as_text` can't have written."""
        found = TEXT.fullmatch(text)
        if not found:
            raise ValueError(text)
        kind, _, hexadecimal = found["place"].partition("-")
        place = UUID(hexadecimal) if hexadecimal else None
        return cls(
            found["county"],
            date.fromisoformat(found["first"]),
            date.fromisoformat(found["last"]),
            datetime.fromisoformat(found["as_of"].removesuffix("Z")).replace(tzinfo=UTC),
            township_id=place if kind == "t" else None,
            zone_id=place if kind == "z" else None,
        )


def of_days(
    county: str,
    first: date,
    last: date,
    now: datetime,
    *,
    as_of: date | None = None,
    township_id: UUID | None = None,
    zone_id: UUID | None = None,
) -> Selection:
    """Figures of some days as they stood at the end of `as_of`: by default the last of them, or now.

    Raises Invalid, by field, for days that haven't begun.
    """
    today = day_of(now)
    if first > today:
        raise Invalid(
            {"from": say("{day} 还没有到，没有可以统计的数字，请选已经开始的时段", day=first.isoformat())}
        )
    if as_of and as_of > today:
        raise Invalid({"as_of": say("统计截至 {day} 还没有到，最晚是今天", day=as_of.isoformat())})
    if as_of and as_of < first:
        raise Invalid({"as_of": say("统计截至日早于时段的第一天，请核对")})
    moment = min(now, _midnight((as_of or last) + timedelta(days=1)) - timedelta(microseconds=1))
    return Selection(county, first, last, moment, township_id, zone_id)


def place_name(session: Session, selection: Selection) -> str:
    """The township or zone that was asked for; empty for the whole county."""
    if selection.township_id:
        query = select(Area.name).where(Area.county == selection.county, Area.id == selection.township_id)
        return session.scalar(query) or ""
    if selection.zone_id:
        zone = select(Zone.name).where(Zone.county == selection.county, Zone.id == selection.zone_id)
        return session.scalar(zone) or ""
    return ""


def county_name(session: Session, selection: Selection) -> str:
    county = find_county(session, selection.county)
    return county.name if county else selection.county


def title_of(session: Session, selection: Selection) -> str:
    """What stands over the printed form, in Chinese: 曾都区2023年“双减”督导有关情况统计表"""
    place = county_name(session, selection) + place_name(session, selection)
    period = str(named(selection.first, selection.last)).replace(" ", "")
    return f"{place}{period}“双减”督导有关情况统计表"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA).astimezone(UTC)
