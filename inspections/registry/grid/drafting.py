"""Working on a draft: begun from the grid as it is, divided anew, drawn on, mended, saved or thrown away."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry import Polygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.patchwork import Findings, examine, fill, give, tidy

from ...access import get, require
from ...db import new_id
from ...errors import Conflict, Invalid, NotFound, say
from ..grid_cells import CellOrigin, GridCell
from ..people import Person
from .drafts import CellDraft, Piece, find_draft, pieces_of, write
from .land import Land, land_of, may_divide
from .shapes import MOST_VERTICES, drawn, largest_of

MOST_CELLS = 2_000
LONGEST_NAME = 40
# Gaps that a tidying closes by itself: as wide as two sources of one border differ
TIDY_WIDTH_M = 5.0

P = ParamSpec("P")
Change = Callable[Concatenate[Land, CellDraft, P], list[Piece]]


def begin(session: Session, person: Person, township_id: UUID) -> CellDraft:
    """The draft of a township: the one there is, or one that begins with its cells."""
    township = may_divide(session, person, township_id)
    land_of(session, township)
    draft = find_draft(session, person.county, township.id)
    if draft is None:
        draft = CellDraft(county=person.county, township_id=township.id, made_by_id=person.id, revision=0)
        write(draft, _present(session, person.county, township.id))
        session.add(draft)
        session.flush()
    return draft


def open_draft(session: Session, person: Person, draft_id: UUID) -> tuple[CellDraft, Land]:
    """A draft that the person may work on, and its land. Raises NotFound, Forbidden."""
    require(person, "cell.edit")
    draft = get(session, person, CellDraft, draft_id)
    return draft, land_of(session, may_divide(session, person, draft.township_id))


def discard(session: Session, person: Person, draft_id: UUID) -> UUID:
    """Throw a draft away; the grid stays as it is. Gives the township."""
    draft, _ = open_draft(session, person, draft_id)
    session.delete(draft)
    session.flush()
    return draft.township_id


def findings_of(land: Land, pieces: Sequence[Piece]) -> Findings:
    """What is to be mended, in metres on the land's plane."""
    return examine(land.flat, _flat(land, pieces))


def change(work: Change[P]) -> Callable[Concatenate[Session, Person, UUID, int, P], CellDraft]:
    """Make a command of what changes the pieces of a draft: `revision` is the one that the person saw.

    Raises Conflict where somebody else changed it since.
    """

    @wraps(work)
    def command(
        session: Session, person: Person, draft_id: UUID, revision: int, *args: P.args, **names: P.kwargs
    ) -> CellDraft:
        draft, land = open_draft(session, person, draft_id)
        session.refresh(draft, with_for_update=True)
        if draft.revision != revision:
            raise Conflict(say("这份草案刚被改过，请看过新的样子再改"))
        pieces = work(land, draft, *args, **names)
        check_size(pieces)
        write(draft, pieces, None)
        session.flush()
        return draft

    return command


def check_size(pieces: Sequence[Piece]) -> None:
    """Raises Invalid for more than can be looked at."""
    if len(pieces) > MOST_CELLS:
        raise Invalid(
            message=say("共 {n} 个网格，一个镇街最多 {most} 个，请分得大一些", n=len(pieces), most=MOST_CELLS)
        )
    vertices = int(shapely.get_num_coordinates(np.array([each.shape for each in pieces], dtype=object)).sum())
    if vertices > MOST_VERTICES:
        raise Invalid(
            message=say(
                "边界共 {n} 个点，最多 {most} 个；请先在地图软件里简化边界", n=vertices, most=MOST_VERTICES
            )
        )


@change
def draw(land: Land, draft: CellDraft, geojson: str, name: str = "") -> list[Piece]:
    """Add a polygon that was drawn; as it is drawn, overlaps included. Raises Invalid."""
    shape = drawn(land, geojson)
    return [*pieces_of(draft), Piece(new_key(), shape, _name(name), CellOrigin.DRAWN)]


@change
def reshape(land: Land, draft: CellDraft, key: str, geojson: str) -> list[Piece]:
    """Give a cell another outline."""
    shape = drawn(land, geojson)
    return [each.with_(shape=shape) if each.key == key else each for each in _with(draft, key)]


@change
def rename(land: Land, draft: CellDraft, key: str, name: str) -> list[Piece]:
    return [each.with_(name=_name(name)) if each.key == key else each for each in _with(draft, key)]


@change
def remove(land: Land, draft: CellDraft, keys: Sequence[str]) -> list[Piece]:
    """Leave cells out; those of the present grid will be retired when the draft is saved."""
    return [each for each in pieces_of(draft) if each.key not in keys]


@change
def settle(land: Land, draft: CellDraft, keeper: str, other: str) -> list[Piece]:
    """Of two cells over each other, `keeper` keeps the land."""
    pieces = _with(draft, keeper, other)
    at = {each.key: i for i, each in enumerate(pieces)}
    if keeper == other:
        raise Invalid(message=say("请选择两个不同的网格"))
    mended = give(_flat(land, pieces), at[keeper], at[other])
    return _moved(land, pieces, mended, {at[keeper], at[other]})


@change
def fill_gap(land: Land, draft: CellDraft, number: int, key: str, land_m2: float) -> list[Piece]:
    """Gap `number`, as `findings_of` lists them, goes to a cell beside it, or becomes one by itself (`key`
    empty).

    `land_m2` is its size as the person saw it: another gap of that number is not filled. Raises Conflict,
    Invalid.
    """
    pieces = pieces_of(draft)
    gaps = findings_of(land, pieces).gaps
    if not 0 <= number < len(gaps) or abs(gaps[number].area_m2 - land_m2) > 1:
        raise Conflict(say("这处空白已经变了，请刷新后再补"))
    if not key:
        return [*pieces, Piece(new_key(), land.plane.round(gaps[number].shape), "", CellOrigin.DRAWN)]
    at = {each.key: i for i, each in enumerate(_with(draft, key))}
    try:
        mended = fill(_flat(land, pieces), gaps[number].shape, at[key])
    except ValueError:
        raise Invalid(message=say("这个网格与空白不相邻，请选相邻的一个")) from None
    return _moved(land, pieces, mended, {at[key]})


@change
def tidy_up(land: Land, draft: CellDraft) -> list[Piece]:
    """Mend all at once: cut at the township's border, overlaps to the neighbour with the longest common
    border, gaps of up to five metres closed. What is wider stays for a person to decide.
    """
    pieces = pieces_of(draft)
    mended = tidy(land.flat, _flat(land, pieces), TIDY_WIDTH_M)
    return _moved(land, pieces, mended, set(range(len(pieces))))


def new_key() -> str:
    return str(new_id())


def _present(session: Session, county: str, township_id: UUID) -> list[Piece]:
    query = select(GridCell).where(
        GridCell.county == county, GridCell.township_id == township_id, GridCell.retired_at.is_(None)
    )
    return [
        Piece(str(cell.id), to_shape(cell.boundary), cell.name or "", cell.origin, cell.id, cell.code)
        for cell in session.scalars(query.order_by(GridCell.code))
    ]


def _flat(land: Land, pieces: Sequence[Piece]) -> list[Polygon]:
    shapes = np.array([each.shape for each in pieces], dtype=object)
    flat: list[Polygon] = land.plane.flat(shapes).tolist() if len(pieces) else []
    return flat


def _moved(land: Land, pieces: Sequence[Piece], flat: Sequence[Polygon], changed: set[int]) -> list[Piece]:
    """The pieces with new outlines. Those that were not touched keep theirs to the last digit."""
    return [
        each.with_(shape=largest_of(land.plane.round(flat[i]))) if i in changed else each
        for i, each in enumerate(pieces)
    ]


def _with(draft: CellDraft, *keys: str) -> list[Piece]:
    pieces = pieces_of(draft)
    if not set(keys) <= {each.key for each in pieces}:
        raise NotFound(say("草案里没有这个网格，请刷新后再看"))
    return pieces


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid({"name": say("名称最多 {n} 字", n=LONGEST_NAME)})
    return name


def left_out(session: Session, draft: CellDraft, pieces: Sequence[Piece]) -> int:
    """How many cells of the present grid a draft leaves out."""
    kept = {each.cell_id for each in pieces}
    return sum(each.cell_id not in kept for each in _present(session, draft.county, draft.township_id))
