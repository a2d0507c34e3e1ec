"""What an analysis was computed from comes back bit for bit, is kept once, and is refused if it was changed."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inspections.db import new_id
from inspections.errors import Conflict, NotFound
from inspections.targeting.snapshots import Packed, columns_of, keep, unpack
from tests.factories import COUNTY, NOW

KINDS = [np.dtype("float64"), np.dtype("int64"), np.dtype("datetime64[s]"), np.dtype("U9")]


@given(st.sampled_from(KINDS).flatmap(lambda kind: arrays.arrays(kind, st.integers(0, 30))))
def test_columns_come_back_bit_for_bit(column: np.ndarray) -> None:
    columns = {"b": column, "a": np.arange(len(column))}
    back = unpack(Packed.of(columns).content)
    assert list(back) == ["a", "b"]
    assert back["b"].dtype == column.dtype
    assert back["b"].tobytes() == column.tobytes()


def test_the_hash_is_of_the_data_and_not_of_the_order_in_which_columns_are_named() -> None:
    a, b = np.arange(3.0), np.array(["x", "y", "z"])
    assert Packed.of({"a": a, "b": b}).sha256 == Packed.of({"b": b, "a": a}).sha256
    assert Packed.of({"a": a, "b": b}).sha256 != Packed.of({"a": a + 1, "b": b}).sha256


@pytest.mark.parametrize("columns", [{}, {"a": np.arange(2), "b": np.arange(3)}, {"a": np.array([object()])}])
def test_what_can_not_be_kept_is_refused(columns: dict) -> None:
    with pytest.raises(ValueError):
        Packed.of(columns)


def test_the_same_data_is_kept_once(session) -> None:
    first = keep(session, COUNTY, "events", {"lon": np.array([117.0])}, NOW, NOW)
    again = keep(session, COUNTY, "events", {"lon": np.array([117.0])}, NOW, datetime.now(UTC))
    other = keep(session, COUNTY, "risk", {"lon": np.array([117.0])}, NOW, NOW)
    assert first.id == again.id != other.id
    assert columns_of(session, COUNTY, first.id)["lon"].tolist() == [117.0]


def test_a_snapshot_that_was_changed_is_refused_and_one_that_never_was_is_not_found(session) -> None:
    row = keep(session, COUNTY, "events", {"lon": np.array([117.0])}, NOW, NOW)
    row.content = Packed.of({"lon": np.array([118.0])}).content
    with session.no_autoflush, pytest.raises(Conflict):
        columns_of(session, COUNTY, row.id)
    session.refresh(row)
    with pytest.raises(NotFound):
        columns_of(session, COUNTY, new_id())
