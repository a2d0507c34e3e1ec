"""What is expected of a kind of site before anybody reported anything: hours by school days and days off.

From the rules themselves and from how the trade works: meals and minding at noon and after school, classes in the
evening of school days and from the morning of days off (国办发〔2021〕: no subject classes on days off, none
after 20:30). They weigh as `PRIOR_EVENTS` occurrences of the county and are gone once it has some hundreds.
"""

from collections.abc import Mapping

import numpy as np

from ...registry.sites import SiteCategory
from .day_types import SCHOOL_DAYS, TYPES
from .shares import HOURS, Floats

PRIOR_EVENTS = 30.0
CARE, CLASS, NURSERY = "care", "class", "nursery"
GROUPS = (CARE, CLASS, NURSERY)
_GROUP_OF = {
    SiteCategory.AFTER_CARE: CARE,
    SiteCategory.LUNCH_TABLE: CARE,
    SiteCategory.STUDY_ROOM: CARE,
    SiteCategory.MINDING: NURSERY,
    SiteCategory.PRESCHOOL: NURSERY,
    SiteCategory.BRIDGING: NURSERY,
    SiteCategory.CHILDCARE: NURSERY,
}
Spans = Mapping[tuple[int, int], float]
# (first hour, hour after the last): likelihood of each hour against a quiet one
_SCHOOL_DAY: Mapping[str, Spans] = {
    CARE: {(11, 14): 5.0, (16, 18): 4.0, (18, 21): 6.0},
    CLASS: {(17, 18): 3.0, (18, 21): 8.0},
    NURSERY: {(8, 12): 5.0, (14, 17): 5.0},
}
_DAY_OFF: Spans = {(8, 12): 6.0, (14, 17): 5.0, (18, 21): 4.0}
_NIGHT = {0, 1, 2, 3, 4, 5, 6, 22, 23}


def group_of(category: str) -> str:
    """Of a category by its stored word."""
    return next((group for each, group in _GROUP_OF.items() if each.value == category), CLASS)


def prior(group: str) -> Floats:
    """Rates by slot of `TYPES` × hours; days off count as much as school days."""
    rows = []
    for kind in TYPES:
        hours = np.array([0.02 if hour in _NIGHT else 1.0 for hour in range(HOURS)])
        is_school_day = TYPES.index(kind) < len(SCHOOL_DAYS)
        for (first, after), likely in (_SCHOOL_DAY[group] if is_school_day else _DAY_OFF).items():
            hours[first:after] = likely
        rows.append(hours / hours.sum())
    return np.concatenate(rows)
