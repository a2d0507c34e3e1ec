"""What an analysis was computed from, kept so that anyone can compute it again.

A snapshot is a set of named columns, bit for bit: numbers, moments, ids and codes, never names or words of people.
Its SHA-256 is over the columns in the order of their names, so that the same data has the same hash wherever and
whenever it was taken.
"""

import hashlib
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import numpy as np
from numpy.lib import format as numpy_format
from numpy.typing import NDArray
from sqlalchemy import CHAR, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, new_id
from ..errors import Conflict, NotFound, say

Columns = Mapping[str, NDArray[Any]]


class AnalysisSnapshot(CountyRow, Model):
    """`until` is the moment the data was asked as of: nothing that was known later is in it."""

    __tablename__ = "analysis_snapshots"
    __table_args__ = (UniqueConstraint("county", "sha256"),)

    kind: Mapped[str]
    until: Mapped[datetime]
    taken_at: Mapped[datetime]
    rows: Mapped[int]
    sha256: Mapped[str] = mapped_column(CHAR(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


@dataclass(frozen=True)
class Packed:
    """Columns as bytes: for each, in the order of names, the name and numpy's own format (version 1.0)."""

    sha256: str
    rows: int
    content: bytes

    @classmethod
    def of(cls, columns: Columns) -> Self:
        """Raises ValueError for no columns, columns of different length, or one of objects."""
        lengths = {len(column) for column in columns.values()}
        if len(lengths) != 1:
            raise ValueError("columns of one length are wanted")
        plain = io.BytesIO()
        for name in sorted(columns):
            plain.write(f"{name}\n".encode())
            numpy_format.write_array(plain, np.ascontiguousarray(columns[name]), (1, 0), allow_pickle=False)
        written = plain.getvalue()
        return cls(hashlib.sha256(written).hexdigest(), lengths.pop(), zlib.compress(written, 6))


def unpack(content: bytes) -> dict[str, NDArray[Any]]:
    """The columns of `Packed.content`."""
    plain = io.BytesIO(zlib.decompress(content))
    columns = {}
    while name := plain.readline():
        columns[name.decode().rstrip("\n")] = numpy_format.read_array(plain, allow_pickle=False)
    return columns


def keep(
    session: Session, county: str, kind: str, columns: Columns, until: datetime, now: datetime
) -> AnalysisSnapshot:
    """Keep the columns, once: the same data of the same kind is not kept twice."""
    packed = Packed.of(columns)
    # `kind` is part of what is hashed, so that equal columns of two analyses stay two snapshots
    sha256 = hashlib.sha256(f"{kind}\n{packed.sha256}".encode()).hexdigest()
    known = session.scalars(
        select(AnalysisSnapshot).where(AnalysisSnapshot.county == county, AnalysisSnapshot.sha256 == sha256)
    ).first()
    if known:
        return known
    row = AnalysisSnapshot(
        county=county,
        id=new_id(),
        kind=kind,
        until=until,
        taken_at=now,
        rows=packed.rows,
        sha256=sha256,
        content=packed.content,
    )
    session.add(row)
    session.flush()
    return row


def columns_of(session: Session, county: str, snapshot_id: UUID) -> dict[str, NDArray[Any]]:
    """The columns of a snapshot. Raises NotFound, and Conflict where they are no longer what was kept."""
    row = session.get(AnalysisSnapshot, (county, snapshot_id))
    if row is None:
        raise NotFound
    columns = unpack(row.content)
    packed = Packed.of(columns)
    if hashlib.sha256(f"{row.kind}\n{packed.sha256}".encode()).hexdigest() != row.sha256:
        raise Conflict(say("分析所用的数据与当时保存的不一致，不能重算"))
    return columns
