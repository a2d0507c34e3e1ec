from datetime import date, datetime

import pytest

from inspections.days import CHINA
from inspections.registry.time_bands import TimeBand, band_at
from inspections.rules.calendar import Calendar, Period, Year
from inspections.rules.school_year import PeriodKind

CALENDAR = Calendar(
    {2026: Year("国办发明电", {"2026-10-01": "国庆节"}, {"2026-10-10": "国庆节"})},
    (Period(PeriodKind.SUMMER, date(2026, 7, 5), date(2026, 8, 31)),),
)


@pytest.mark.parametrize(
    ("moment", "band"),
    [
        ("2026-11-20 10:00", TimeBand.WORKDAY),
        ("2026-11-20 17:59", TimeBand.WORKDAY),
        ("2026-11-20 18:00", TimeBand.EVENING),
        ("2026-11-21 20:40", TimeBand.WEEKEND),
        ("2026-10-01 09:00", TimeBand.HOLIDAY),
        ("2026-10-10 20:00", TimeBand.EVENING),  # a Saturday worked for the holiday
        ("2026-07-14 10:00", TimeBand.HOLIDAY),  # a Tuesday of the summer vacation
        ("2031-11-20 10:00", TimeBand.WORKDAY),  # a year nobody has published yet
        ("2031-11-22 10:00", TimeBand.WEEKEND),
    ],
)
def test_a_moment_falls_into_the_band_of_its_day_in_china(moment: str, band: TimeBand) -> None:
    assert band_at(CALENDAR, datetime.fromisoformat(moment).replace(tzinfo=CHINA)) is band
