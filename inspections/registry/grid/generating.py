"""A grid made by rule: squares, hexagons, or the ground around each compound."""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geo.cells import InvalidGrid
from geo.dividing import around, in_hexagons, in_squares

from ...errors import Invalid, Message, say
from ...vocabulary import Choice
from ..grid_cells import CellOrigin
from ..people import Person
from .drafting import MOST_CELLS, change, new_key, open_draft
from .drafts import CellDraft, Piece, pieces_of
from .land import Land, compounds_in, roads_in

SIZES_M = (200, 300, 500, 800, 1000, 1500, 2000)
LEAST_M, MOST_M = 100, 5_000
# H3 resolutions with their usual size in hectares, in the words of the screen
RESOLUTIONS = {10: "1.5", 9: "10.5", 8: "74", 7: "516"}
HECTARE_M2 = 10_000


class Extent(Choice):
    """`all`: the township anew, the present cells are retired on saving; `gaps`: only where no cell lies."""

    ALL = "all", say("整个镇街重新划分")
    GAPS = "gaps", say("只划还没有网格的地方")


@dataclass(frozen=True)
class Recipe:
    """How cells are made; `size_m` for squares, `resolution` for hexagons, `by_roads` for compounds."""

    origin: CellOrigin
    extent: Extent = Extent.ALL
    size_m: int = 500
    resolution: int = 9
    by_roads: bool = True


def generate(session: Session, person: Person, draft: CellDraft, revision: int, recipe: Recipe) -> CellDraft:
    """Fill a draft by a recipe. Raises Invalid for what can't be made, Conflict where the draft has changed."""
    _, land = open_draft(session, person, draft.id)
    seeds = compounds_in(session, land) if recipe.origin is CellOrigin.COMPOUNDS else []
    roads = roads_in(session, land) if seeds and recipe.by_roads else []
    return _fill(session, person, draft.id, revision, recipe, seeds, roads)


@change
def _fill(
    land: Land,
    draft: CellDraft,
    recipe: Recipe,
    seeds: list[tuple[str, BaseGeometry]],
    roads: list[BaseGeometry],
) -> list[Piece]:
    kept = pieces_of(draft) if recipe.extent is Extent.GAPS else []
    ground = _ground(land, kept)
    try:
        made = _made(ground, recipe, seeds, roads)
    except InvalidGrid as error:
        raise Invalid({_FIELDS.get(error.code, "origin"): _why(error, land)}) from error
    return [*kept, *(Piece(new_key(), shape, name, recipe.origin) for shape, name in made)]


def _ground(land: Land, kept: list[Piece]) -> BaseGeometry:
    if not kept:
        return land.outline
    free = shapely.difference(land.flat, shapely.union_all([land.plane.flat(each.shape) for each in kept]))
    wide = [part for part in shapely.get_parts(free).tolist() if not shapely.buffer(part, -1).is_empty]
    if not wide:
        raise Invalid({"extent": say("镇街里已经没有空白")})
    return land.plane.round(shapely.union_all(wide))


def _made(
    ground: BaseGeometry, recipe: Recipe, seeds: list[tuple[str, BaseGeometry]], roads: list[BaseGeometry]
) -> list[tuple[shapely.Polygon, str]]:
    match recipe.origin:
        case CellOrigin.SQUARES:
            if not LEAST_M <= recipe.size_m <= MOST_M:
                raise InvalidGrid("size", size_m=recipe.size_m)
            return [(shape, "") for shape in in_squares(ground, recipe.size_m)]
        case CellOrigin.HEXAGONS:
            if recipe.resolution not in RESOLUTIONS:
                raise InvalidGrid("resolution", resolution=recipe.resolution)
            return [(shape, "") for shape in in_hexagons(ground, recipe.resolution)]
        case CellOrigin.COMPOUNDS:
            shapes, owner = around(ground, [shape for _, shape in seeds], roads)
            return [(shape, seeds[i][0] if i >= 0 else "") for shape, i in zip(shapes, owner, strict=True)]
    raise Invalid({"origin": say("请选择划分方式")})


_FIELDS = {"size": "size_m", "too_fine": "size_m", "resolution": "resolution"}


def _why(error: InvalidGrid, land: Land) -> Message:
    if error.code == "no_seeds":
        return say("{name}的底图里没有小区，请先导入小区边界，或改用方格", name=land.township.name)
    if error.code == "too_fine":
        return say("分得太细，一个镇街最多 {most} 个网格", most=MOST_CELLS)
    if error.code == "size":
        return say("边长请填 {least}–{most} 米", least=LEAST_M, most=MOST_M)
    return say("这样划分不出网格，请换一种方式")
