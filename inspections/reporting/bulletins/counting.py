"""What is counted for a bulletin, as plain data that is kept with its draft and frozen with its signature.

A period that still runs is set against the same number of days of the period before and of the year before, so
that like stands beside like. Where the county had no record yet there is no figure, which isn't nought.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...days import day_of
from ...registry.areas import list_outlines
from ..figures import Selection, count, of_days, periods
from ..figures.work import OF_TOWNSHIPS, WORK, count_townships
from ..figures.work_sources import first_record
from ..scores.scores import Table, as_plain, read_scores
from .due import Period, period_before

FORMAT = "mingcha-bulletin-figures/1"


def count_for(session: Session, county: str, period: Period, now: datetime) -> dict[str, Any]:
    """The figures of a period as they stand now, with those before it. Raises Invalid for a future period."""
    here = of_days(county, period.first, period.last, now)
    began = session.scalar(first_record(here))
    table = read_scores(session, here)
    before = _beside(session, here, *_span_before(period, here), began)
    year_before = _beside(session, here, *_span_of_year_before(here), began)
    return {
        "format": FORMAT,
        "selection": here.as_text(),
        "as_of": here.as_of.isoformat(),
        "is_running": here.is_running,
        "cells": count(session, here, WORK),
        "before": before,
        "year_before": year_before,
        "weights": {
            "version": table.weights.version,
            "shares": {str(key): n for key, n in table.weights.shares.items()},
            "least": table.weights.least,
            "basis": table.weights.basis,
        },
        "townships": _townships(session, here, table),
    }


def _span_before(period: Period, here: Selection) -> tuple[date, date]:
    """The period before; of one that runs, as many of its days as have passed of this one."""
    earlier = period_before(period)
    if not here.is_running:
        return earlier.first, earlier.last
    passed = day_of(here.as_of) - period.first
    return earlier.first, min(earlier.first + passed, earlier.last)


def _span_of_year_before(here: Selection) -> tuple[date, date]:
    last = min(day_of(here.as_of), here.last)
    if here.is_running and last != here.last:
        first, whole = periods.year_before(here.first, here.last)
        return first, min(first + (last - here.first), whole)
    return periods.year_before(here.first, here.last)


def _beside(session: Session, here: Selection, first: date, last: date, began: datetime | None) -> dict[str, Any]:
    """The figures of earlier days as they stood at their end; no cells where the record begins later."""
    end = of_days(here.county, first, last, here.as_of)
    known = began is not None and day_of(began) <= first
    cells = count(session, replace(end, township_id=None), WORK) if known else None
    return {"first": first.isoformat(), "last": last.isoformat(), "selection": end.as_text(), "cells": cells}


def _townships(session: Session, here: Selection, table: Table) -> list[dict[str, Any]]:
    """Every township, by name, with its cells, its score and its outline."""
    counted = count_townships(session, here, OF_TOWNSHIPS)
    scores = {each.township_id: as_plain(each) for each in table.scores}
    return [
        {
            "id": str(each.id),
            "name": each.name,
            "cells": counted.get(each.id, {}),
            "score": scores[each.id],
            "rings": _rings(each.boundary),
        }
        for each in list_outlines(session, here.county)
    ]


def _rings(boundary: dict[str, Any] | None) -> list[list[list[float]]]:
    """The outer rings of a multipolygon, (lon, lat) in WGS-84 to about a metre."""
    if not boundary:
        return []
    polygons = boundary["coordinates"] if boundary["type"] == "MultiPolygon" else [boundary["coordinates"]]
    return [[[round(x, 5), round(y, 5)] for x, y in polygon[0]] for polygon in polygons]


def days_in_words(first: str, last: str) -> str:
    """
    >>> days_in_words("2026-07-01", "2026-09-25")
    '7月1日至9月25日'
    """
    one, other = date.fromisoformat(first), date.fromisoformat(last)
    if one == other:
        return f"{one.month}月{one.day}日"
    return f"{one.month}月{one.day}日至{other.month}月{other.day}日"
