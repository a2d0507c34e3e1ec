"""Demo counties in memory, with small photos, each drawn once for the tests that only look at it."""

from datetime import date

import pytest

from inspections.demo.county import Drawn, draw_county
from inspections.demo.sheets import STANDARD

TODAY = date(2026, 11, 20)
LEAP_DAY = date(2028, 2, 29)


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    return draw_county(TODAY, STANDARD, photo_width=64)


@pytest.fixture(scope="session")
def leap_day() -> Drawn:
    return draw_county(LEAP_DAY, STANDARD, photo_width=64)
