"""Real clusters in folders of their own under /tmp, gone after each test."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bin.house import House


@contextmanager
def open_folder() -> Iterator[Path]:
    """Unlike pytest's own temporary folders, one that every user may enter."""
    place = Path(tempfile.mkdtemp(prefix="mingcha-test-", dir="/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as place:
        yield place


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    house = House(folder / "var")
    yield house
    house.stop()


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    """One cluster for the tests of a module; each leaves it running."""
    with open_folder() as place:
        house = House(place / "var")
        house.cluster("start")
        yield house
        house.stop()
