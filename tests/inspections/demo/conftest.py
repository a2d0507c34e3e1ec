"""One demo county in memory, with small photos, drawn once for the tests that only look at it."""

from datetime import date

import pytest

from inspections.demo.county import Drawn, draw_county
from inspections.demo.sheets import STANDARD

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    return draw_county(TODAY, STANDARD, photo_width=64)
