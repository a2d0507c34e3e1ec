"""A draft becomes the grid: new cells get codes, changed ones keep theirs, those left out are retired."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geo.columns import SRID

from ... import events
from ...db import new_id
from ...errors import Conflict, Invalid, say
from ..areas import Area
from ..grid_cells import GridCell
from ..people import Person
from .codes import codes_for
from .drafting import findings_of, open_draft
from .drafts import Piece, pieces_of
from .holders import CellHolder


class Outcome(NamedTuple):
    """How many cells a saving made, changed and retired."""

    township: Area
    made: int
    changed: int
    retired: int


def save(
    session: Session, person: Person, draft_id: UUID, revision: int, now: datetime, *, town_code: str = ""
) -> Outcome:
    """Make a draft the grid of its township. Overlaps and land outside of the township are refused; gaps may
    stay.

    `town_code` is entered for a township that has none. Raises Conflict, Invalid.
    """
    draft, land = open_draft(session, person, draft_id)
    session.refresh(draft, with_for_update=True)
    if draft.revision != revision:
        raise Conflict(say("这份草案刚被改过，请看过新的样子再保存"))
    pieces = pieces_of(draft)
    if not pieces:
        raise Invalid(message=say("草案里一个网格也没有；要停用网格，请在网格页上逐个停用"))
    found = findings_of(land, pieces)
    if found.overlaps or found.strays:
        raise Invalid(
            message=say("还有 {n} 处重叠、{m} 处越界，请先处理", n=len(found.overlaps), m=len(found.strays))
        )
    _enter_code(session, land.township, town_code)
    present = _present(session, person.county, land.township.id)
    changed = _change(present, pieces)
    retired = _retire(session, person, [each for each in present.values() if each.id not in _kept(pieces)], now)
    made = _make(session, person, land.township, [each for each in pieces if each.cell_id not in present])
    session.delete(draft)
    session.flush()
    events.record(session, person, "divide", land.township, made=made, changed=changed, retired=retired)
    return Outcome(land.township, made, changed, retired)


def retire(session: Session, person: Person, cell: GridCell, now: datetime) -> None:
    """Take a cell out of the grid; its visits stay with it. The caller has found it for the person."""
    if cell.retired_at is not None:
        raise Conflict(say("这个网格已经停用"))
    _retire(session, person, [cell], now)
    session.flush()


def _present(session: Session, county: str, township_id: UUID) -> dict[UUID, GridCell]:
    query = select(GridCell).where(
        GridCell.county == county, GridCell.township_id == township_id, GridCell.retired_at.is_(None)
    )
    return {cell.id: cell for cell in session.scalars(query.with_for_update())}


def _kept(pieces: Sequence[Piece]) -> set[UUID]:
    return {each.cell_id for each in pieces if each.cell_id}


def _change(present: dict[UUID, GridCell], pieces: Sequence[Piece]) -> int:
    changed = 0
    for piece in pieces:
        cell = present.get(piece.cell_id) if piece.cell_id else None
        if cell is None:
            continue
        is_moved = not to_shape(cell.boundary).equals_exact(piece.shape, 1e-9)
        if is_moved:
            cell.boundary = from_shape(piece.shape, srid=SRID)
        if (cell.name or "") != piece.name:
            cell.name = piece.name or None
            is_moved = True
        changed += is_moved
    return changed


def _retire(session: Session, person: Person, cells: Sequence[GridCell], now: datetime) -> int:
    for cell in cells:
        cell.retired_at, cell.worker_id = now, None
        session.execute(
            update(CellHolder)
            .where(CellHolder.county == cell.county, CellHolder.cell_id == cell.id, CellHolder.until.is_(None))
            .values(until=now)
        )
        events.record(session, person, "retire", cell, code=cell.code)
    return len(cells)


def _make(session: Session, person: Person, township: Area, pieces: Sequence[Piece]) -> int:
    own = [each for each in pieces if each.code]
    for each in own:
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,30}", each.code):
            raise Invalid(message=say("文件里的编码“{code}”只能用数字、字母和短横", code=each.code))
    coded = codes_for(session, township, [each.shape for each in pieces]) if pieces else []
    for piece, (code, village_id) in zip(pieces, coded, strict=True):
        session.add(
            GridCell(
                county=person.county,
                id=new_id(),
                # An office that has codes of its own keeps them
                code=piece.code or code,
                name=piece.name or None,
                origin=piece.origin,
                boundary=from_shape(piece.shape, srid=SRID),
                township_id=township.id,
                village_id=village_id,
            )
        )
    session.flush()
    return len(pieces)


def _enter_code(session: Session, township: Area, code: str) -> None:
    code = code.strip()
    if township.code or not code:
        return
    if not re.fullmatch(r"[0-9]{9}", code) or not code.startswith(township.county):
        raise Invalid({"town_code": say("请填写以 {county} 开头的 9 位代码", county=township.county)})
    township.code = code
    session.flush()
