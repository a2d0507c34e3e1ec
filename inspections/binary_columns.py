"""Rows of a query as columns of numbers, without a Python object each: PostgreSQL copies them out in binary."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

# PostgreSQL counts microseconds from here (UTC)
EPOCH = np.datetime64("2000-01-01T00:00:00", "us")
# https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format": signature, flags, length of an extension
HEADER_BYTES, TRAILER_BYTES = 19, 2


def read_columns(
    session: Session, query: str, columns: Mapping[str, str], values: Mapping[str, Any]
) -> NDArray[np.void]:
    """A structured array with a field for each column of the query, in its order.

    `columns` name them with their width and kind as numpy says it in network order: ">f8" for float8, ">i8" for
    timestamptz (microseconds since `EPOCH`) and bigint, ">i4", ">i2", "V16" for uuid. No value may be null, since
    rows of one width are what makes it quick. `values` are bound by psycopg's %(name)s. What the session holds is
    written first. Raises ValueError for rows of another width.
    """
    session.flush()
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout (format binary)", values) as copy:
        # Joining the parts is quicker than growing one
        content = b"".join(copy)
    row = np.dtype([part for name, kind in columns.items() for part in ((f"{name} bytes", ">i4"), (name, kind))])
    table = np.dtype([("fields", ">i2"), *row.descr])
    count, rest = divmod(len(content) - HEADER_BYTES - TRAILER_BYTES, table.itemsize)
    rows = np.frombuffer(content, table, count=count, offset=HEADER_BYTES)
    widths = (np.dtype(kind).itemsize for kind in columns.values())
    if rest or any((rows[f"{name} bytes"] != n).any() for name, n in zip(columns, widths, strict=True)):
        raise ValueError("a value is null, or of another width than was said")
    return rows
