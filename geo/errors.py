"""What can be wrong with a position, a box or a shape.

Each error carries a machine-readable `code` and the `values` that a message needs; the layers above put them
into the reader's language. The text of the exception itself is for logs.
"""

from typing import Any

__all__ = ["GeoError", "InvalidBox", "InvalidDatum", "InvalidGeometry", "InvalidPosition", "OutOfRange"]


class GeoError(ValueError):
    """Something spatial that cannot be used as it is.

    >>> error = GeoError("out_of_range", axis="lat", value=91.0)
    >>> error.code, error.values["axis"]
    ('out_of_range', 'lat')
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        super().__init__(f"{code} {values}" if values else code)


class OutOfRange(GeoError):
    """A coordinate that is no place on Earth.

    Codes: `not_finite` and `out_of_range` (values `axis`, `value`); `looks_swapped` (`lon`, `lat` as given:
    the pair is out of range and would be in China if the two were exchanged).
    """


class InvalidPosition(GeoError):
    """Text that is no position: `unreadable`, `too_long`, `minutes_or_seconds`, `same_axis_twice`."""


class InvalidBox(GeoError):
    """A box that cannot be: `unreadable`, `not_finite`, `out_of_range`, `order`, `too_large`."""


class InvalidGeometry(GeoError):
    """A shape that cannot be used; `geo.geojson` lists the codes. Values `lon`, `lat` say where, if known."""


class InvalidDatum(GeoError):
    """A name that is none of the datums we know: `unknown` (`text`)."""
