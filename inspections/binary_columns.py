"""Rows of a query as columns of numbers, without a Python object each: PostgreSQL sends a column as one array."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

# PostgreSQL counts microseconds from here (UTC)
EPOCH = np.datetime64("2000-01-01T00:00:00", "us")
# `array_send` of PostgreSQL: dimensions, are there nulls, type; for its one dimension the length and first index
HEAD_BYTES = 20


def read_columns(
    session: Session, query: str, columns: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """The columns of a query, in its order of rows.

    `columns` name them with their width and kind as numpy says it in network order: ">f8" for float8, ">i8" for
    timestamptz (microseconds since `EPOCH`) and bigint, ">i4", ">i2", "V16" for uuid. They come in the machine's
    order. No value may be null, since one width is what makes it quick. `values` are bound by psycopg's
    %(name)s. What the session holds is written first. Raises ValueError for a null or values of another width.
    """
    session.flush()
    driver: Any = session.connection().connection.driver_connection
    names = ", ".join(f"c{i}" for i in range(len(columns)))
    wanted = ", ".join(f"array_agg(c{i})" for i in range(len(columns)))
    with driver.cursor() as cursor:
        # Names and queries of our own modules
        cursor.execute(f"select {wanted} from ({query}) as given({names})", values, binary=True)  # noqa: S608
        sent = [cursor.pgresult.get_value(0, i) for i in range(len(columns))]
    return {name: _column(each, kind) for (name, kind), each in zip(columns.items(), sent, strict=True)}


def _column(sent: bytes | None, kind: str) -> NDArray[Any]:
    wanted = np.dtype(kind)
    if sent is None:  # an array of no rows
        return np.zeros(0, wanted.newbyteorder("="))
    row = np.dtype([("bytes", ">i4"), ("value", wanted)])
    count, rest = divmod(len(sent) - HEAD_BYTES, row.itemsize)
    rows = np.frombuffer(sent, row, count=count, offset=HEAD_BYTES) if not rest else np.zeros(1, row)
    if rest or (rows["bytes"] != wanted.itemsize).any():
        raise ValueError("a value is null, or of another width than was said")
    return rows["value"].astype(wanted.newbyteorder("="))
