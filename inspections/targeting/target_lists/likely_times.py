"""The likeliest time of each site on each day of a list, with its strip of hours. From `when`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ...days import CHINA
from ...errors import Message
from ...registry.imports.previews import messages_as_json
from ..risk.history import read_history
from ..when.day_types import typed
from ..when.profiles import county_calendar, profiles_at
from ..when.windows import hours_of, window
from .placing import Likely


class Time(NamedTuple):
    """A window; `share` is its part of the day, `strip` how likely each hour of the day is (they sum to 1)."""

    likely: Likely
    share: float
    strip: tuple[float, ...]
    words: Message

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.likely.day.isoformat(),
            "start": self.likely.start_hour,
            "end": self.likely.end_hour,
            "share": round(self.share, 4),
            "strip": [round(each, 4) for each in self.strip],
            "words": messages_as_json([self.words])[0],
        }


def likely_times(
    session: Session, county: str, site_ids: Sequence[UUID], days: Sequence[date], now: datetime
) -> dict[UUID, list[Time]]:
    """A window a day for each site, by what was known `now`, if it isn't over. The worth of a day is its rate
    against the site's best day.
    """
    if not days or not site_ids:
        return {}
    history = read_history(session, county, now)
    profiles = profiles_at(session, county, history)
    calendar = county_calendar(session, county)
    coming = [typed(calendar, day) for day in days]
    here = now.astimezone(CHINA)
    row_of = {each: row for row, each in enumerate(history.sites.ids)}
    found = {}
    for site_id in site_ids:
        if (row := row_of.get(site_id)) is not None:
            windows = [window(profiles, row, day) for day in coming]
            best = max(each.rate for each in windows) or 1.0
            hours = [hours_of(profiles.rates[row], day) for day in coming]
            found[site_id] = [
                Time(
                    Likely(each.day, each.start_hour, each.end_hour, each.rate / best),
                    each.share,
                    tuple((strip / strip.sum()).tolist()) if strip.sum() else (),
                    each.words,
                )
                for each, strip in zip(windows, hours, strict=True)
                if each.day != here.date() or each.end_hour > here.hour  # the others are over today
            ]
    return found
