"""Drafts of a township's grid: cells as they are to be, looked at and mended before they are the grid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry import Polygon, mapping, shape
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import Message
from ..grid_cells import CellOrigin


class CellDraft(CountyRow, Recorded, Model):
    """One draft a township. `cells` are its pieces; `notes` say what a file brought that is to be looked at.

    `revision` grows with every change: who changes another one than they saw is told so.
    """

    __tablename__ = "cell_drafts"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("made_by_id", "people"),
        UniqueConstraint("county", "township_id"),
    )

    township_id: Mapped[UUID]
    made_by_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(server_default="1")
    cells: Mapped[list[Any]] = mapped_column(server_default="[]")
    notes: Mapped[list[Any]] = mapped_column(server_default="[]")


@dataclass(frozen=True)
class Piece:
    """A cell of a draft. `cell_id` and `code` are those of the cell it is already; a code may also be a
    file's own.
    """

    key: str
    shape: Polygon
    name: str = ""
    origin: CellOrigin = CellOrigin.DRAWN
    cell_id: UUID | None = None
    code: str = ""

    def with_(self, **changes: Any) -> "Piece":
        return replace(self, **changes)


def pieces_of(draft: CellDraft) -> list[Piece]:
    return [
        Piece(
            key=each["key"],
            shape=shape(each["shape"]),
            name=each["name"],
            origin=next(origin for origin in CellOrigin if origin == each["origin"]),
            cell_id=UUID(each["cell"]) if each["cell"] else None,
            code=each["code"],
        )
        for each in draft.cells
    ]


def write(draft: CellDraft, pieces: Iterable[Piece], notes: Sequence[Message] | None = None) -> None:
    """Replace the pieces of a draft; what is empty is left out."""
    draft.cells = [
        {
            "key": piece.key,
            "shape": mapping(shapely.orient_polygons(piece.shape)),
            "name": piece.name,
            "origin": piece.origin.value,
            "cell": str(piece.cell_id) if piece.cell_id else None,
            "code": piece.code,
        }
        for piece in pieces
        if not piece.shape.is_empty
    ]
    if notes is not None:
        draft.notes = [[note.template, note.values] for note in notes]
    draft.revision += 1


def notes_of(draft: CellDraft) -> list[Message]:
    return [Message(template, values) for template, values in draft.notes]


def find_draft(session: Session, county: str, township_id: UUID) -> CellDraft | None:
    query = select(CellDraft).where(CellDraft.county == county, CellDraft.township_id == township_id)
    return session.scalars(query).one_or_none()
