"""One shape for every file: named columns and numbered rows of text, some with a geometry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from ...errors import Invalid, Message, say

_SPACES = "\r\n\t\u3000\xa0"

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_ROWS = 200_000
MAX_COLUMNS = 300
MAX_CELLS = 20_000_000
MAX_CELL_CHARACTERS = 10_000


class Unreadable(Invalid):
    """The file as a whole can't be read; the message says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message=message)


class FileKind(StrEnum):
    CSV = "csv"
    WORKBOOK = "workbook"
    GEOJSON = "geojson"
    SHAPEFILE = "shapefile"
    GEOPACKAGE = "geopackage"
    KML = "kml"


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is what the user sees: the line of the sheet, or the place of the feature from 1."""

    number: int
    values: dict[str, str]
    geometry: BaseGeometry | None = None


@dataclass(frozen=True)
class Table:
    """Rows are read again at each call of `rows()`. Coordinates are (lon, lat) in the file's own datum."""

    name: str
    kind: FileKind
    columns: tuple[str, ...]
    read: Callable[[], Iterator[Row]]
    layer: str = ""
    layers: tuple[str, ...] = ()
    encoding: str = ""
    declared_crs: str = ""
    notes: tuple[Message, ...] = field(default=())

    def rows(self) -> Iterator[Row]:
        for count, row in enumerate(self.read(), start=1):
            if count > MAX_ROWS:
                raise Unreadable(say("文件超过 {n} 行，请分成几个文件导入", n=MAX_ROWS))
            yield row

    @property
    def has_geometry(self) -> bool:
        return self.kind not in (FileKind.CSV, FileKind.WORKBOOK)


def clean(text: str) -> str:
    """Without NUL, control and zero-width characters; line ends and tabs become spaces; ends trimmed."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = "".join(" " if c in _SPACES else c for c in text if c.isprintable() or c in _SPACES)
    return kept.strip()
