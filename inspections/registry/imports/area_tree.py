"""The administrative tree of a county, as stored and as planned so far."""

from dataclasses import dataclass
from uuid import UUID

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..areas import Area, AreaLevel
from ..counties import County
from .area_rows import AreaRow
from .names import bare
from .placing import Gazetteer, Township


@dataclass
class Node:
    """An area of the county, stored or planned."""

    id: UUID
    level: AreaLevel
    name: str
    code: str
    aliases: tuple[str, ...]
    parent_id: UUID | None
    boundary: BaseGeometry | None
    area: Area | None = None


class Tree:
    """The areas of a county, as stored and as planned so far."""

    def __init__(self, session: Session, county: County) -> None:
        self.county = county
        self.nodes = [_node(a) for a in session.scalars(select(Area).where(Area.county == county.code))]
        level = AreaLevel.PREFECTURE if county.code.endswith("00") else AreaLevel.COUNTY
        self.root_level = level

    @property
    def root(self) -> Node | None:
        return next((n for n in self.nodes if n.level is self.root_level and self.is_root(n.code, n.name)), None)

    def is_root(self, code: str, name: str) -> bool:
        return code[:6] == self.county.code or bare(name) == bare(self.county.name)

    def put(self, before: Node | None, after: Node) -> None:
        if before is None:
            self.nodes.append(after)
        else:
            self.nodes[self.nodes.index(before)] = after

    def townships(self) -> list[Node]:
        return [n for n in self.nodes if n.level is AreaLevel.TOWNSHIP]

    def gazetteer(self) -> Gazetteer:
        found = [Township(n.id, n.name, (*n.aliases, n.code), n.boundary) for n in self.townships()]
        return Gazetteer(self.root.boundary if self.root else None, found)

    def find(self, level: AreaLevel, parent_id: UUID | None, name: str, code: str) -> Node | None:
        among = [n for n in self.nodes if n.level is level and (parent_id is None or n.parent_id == parent_id)]
        for test in (
            lambda n: n.name == name,
            lambda n: name in n.aliases,
            lambda n: bare(n.name) == bare(name),
            lambda n: bool(code) and bare(n.name)[:1] == bare(name)[:1] and code in (n.code, *n.aliases),
        ):
            found = [n for n in among if test(n)]
            if len(found) == 1:
                return found[0]
        return None

    def parent_of(self, row: AreaRow) -> Node | None:
        """By code, then name, then by the map."""
        if row.level is AreaLevel.TOWNSHIP:
            return self.root
        code = row.parent_code or (row.code[:9] if len(row.code) == 12 else "")
        for township in self.townships():
            if code and code[:9].ljust(9) in (township.code[:9], *(alias[:9] for alias in township.aliases)):
                return township
        gazetteer = self.gazetteer()
        if row.parent and (named := gazetteer.named(row.parent)):
            return self._by_id(named.id)
        if row.boundary is not None:
            point = row.boundary.representative_point()
            place = gazetteer.place([point.x], [point.y], [""])[0]  # type: ignore[arg-type]
            return self._by_id(place.township_id)
        return None

    def _by_id(self, area_id: UUID | None) -> Node | None:
        return next((n for n in self.nodes if n.id == area_id), None)


def _node(area: Area) -> Node:
    boundary = to_shape(area.boundary) if area.boundary is not None else None
    return Node(
        area.id, area.level, area.name, area.code or "", tuple(area.aliases or ()), area.parent_id, boundary, area
    )
