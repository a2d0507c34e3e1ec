"""Cells from a file: GeoJSON or a zipped Shapefile (and whatever else the readers of lists know), datum
stated.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy.orm import Session

from geo.coordinates import Datum
from geo.datums import geometry_to_wgs84

from ...errors import Invalid, Message, say
from ..grid_cells import CellOrigin
from ..imports.files import read_bytes
from ..imports.tables import Row, Table
from ..people import Person
from .drafting import LONGEST_NAME, change, new_key, open_draft
from .drafts import CellDraft, Piece, pieces_of, write
from .land import Land
from .shapes import MOST_VERTICES, polygons_of, vertices_of, wrong_at

NAMES = ("网格名称", "名称", "name", "NAME", "Name", "网格名", "wgmc", "WGMC")
CODES = ("网格编码", "编码", "code", "CODE", "Code", "网格编号", "编号", "单元网格编码", "wgbm", "WGBM")
LONGEST_CODE = 30
MOST_NOTES = 20


def bring(
    session: Session,
    person: Person,
    draft: CellDraft,
    revision: int,
    file: tuple[str, bytes],
    datum: Datum,
    *,
    replace: bool,
) -> CellDraft:
    """Put the polygons of a file into a draft, in place of its cells or beside them.

    What crosses itself is mended and named, what lies elsewhere is named and left out (`drafts.notes_of`).
    Raises Invalid and `Unreadable` where nothing can be taken.
    """
    _, land = open_draft(session, person, draft.id)
    table = read_bytes(*file)
    if not table.has_geometry:
        raise Invalid({"file": say("这份文件没有图形；请用 GeoJSON 或 Shapefile（zip）")})
    rows = list(table.rows())
    count = vertices_of([row.geometry for row in rows if row.geometry is not None])
    if count > MOST_VERTICES:
        raise Invalid(
            {"file": say("边界共 {n} 个点，最多 {most} 个；请先在地图软件里简化边界", n=count, most=MOST_VERTICES)}
        )
    notes: list[Message] = list(table.notes)
    taken = _taken(land, rows, datum, _column(table, NAMES), _column(table, CODES), notes)
    if not taken:
        raise Invalid({"file": notes[-1] if notes else say("文件里没有多边形")})
    changed = _add(session, person, draft.id, revision, taken, replace)
    write(changed, pieces_of(changed), _shortened(notes))
    session.flush()
    return changed


@change
def _add(land: Land, draft: CellDraft, taken: list[Piece], replace: bool) -> list[Piece]:
    return taken if replace else [*pieces_of(draft), *taken]


def _taken(
    land: Land,
    rows: Sequence[Row],
    datum: Datum,
    name_column: str,
    code_column: str,
    notes: list[Message],
) -> list[Piece]:
    taken: list[Piece] = []
    for row in rows:
        if row.geometry is None or not _is_on_earth(row.geometry):
            notes.append(say("第 {n} 个：没有图形，或坐标不是经纬度", n=row.number))
            continue
        if why := wrong_at(row.geometry):
            notes.append(say("第 {n} 个：{why}，已按图修正，请核对", n=row.number, why=why))
        shapes = [geometry_to_wgs84(each, datum) for each in polygons_of(row.geometry)]
        inside = [each for each in shapes if each.intersects(land.outline)]
        if not shapes:
            notes.append(say("第 {n} 个：不是多边形，没有导入", n=row.number))
        elif not inside:
            notes.append(
                say("第 {n} 个：不在{name}，没有导入；请核对坐标系", n=row.number, name=land.township.name)
            )
        name = row.values.get(name_column, "")[:LONGEST_NAME]
        code = row.values.get(code_column, "")[:LONGEST_CODE]
        for place, shape in enumerate(inside):
            # One code for one cell: the other parts get codes of their own
            taken.append(Piece(new_key(), shape, name, CellOrigin.IMPORTED, code=code if place == 0 else ""))
    return taken


def _is_on_earth(shape: shapely.Geometry) -> bool:
    bounds = np.array(shape.bounds)
    return bool(np.isfinite(bounds).all()) and bool((np.abs(bounds) <= [180, 90, 180, 90]).all())


def _column(table: Table, wanted: Sequence[str]) -> str:
    return next((name for name in wanted if name in table.columns), "")


def _shortened(notes: list[Message]) -> list[Message]:
    if len(notes) <= MOST_NOTES:
        return notes
    return [*notes[:MOST_NOTES], say("另有 {n} 处", n=len(notes) - MOST_NOTES)]
