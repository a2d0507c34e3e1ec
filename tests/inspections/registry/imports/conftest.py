"""The real county and lists of made-up schools in it."""

import pytest

from geo.coordinates import Datum
from tests import lists


@pytest.fixture(scope="session")
def wannian(shared_data):
    return lists.outlines(shared_data)


@pytest.fixture(scope="session")
def places(wannian):
    return lists.random_places(wannian)


@pytest.fixture
def rows(places):
    return lists.in_datum(places[:40], Datum.WGS84)


@pytest.fixture
def written():
    """The writers of files."""
    return lists
