"""Planning and storing the import of areas.

Division codes differ between sources, so an area is matched on level, parent and name, then on its aliases, and
last on its code; a code or name it did not have becomes one more alias.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geo.coordinates import Datum, geometry_to_wgs84

from ...db import new_id
from ...errors import Message, say
from ..areas import Area, AreaLevel
from .area_rows import AreaRow
from .area_tree import Node, Tree
from .plans import Action, Change
from .problems import Problem, Severity

_ORDER = list(AreaLevel)
_LEAST_INSIDE = 0.5
_MOST_SHARED = 0.02


@dataclass
class AreaWrite:
    """An area as it will be; `area` is None for a new one."""

    id: UUID
    area: Area | None
    values: dict[str, Any]


def move_boundaries(rows: Sequence[AreaRow], datum: Datum) -> None:
    for row in rows:
        if row.boundary is not None and not row.refused:
            row.boundary = geometry_to_wgs84(row.boundary, datum)


def plan_areas(
    rows: Sequence[AreaRow], tree: Tree, source: str
) -> tuple[list[Change], list[Problem], list[AreaWrite]]:
    """Outer levels first, so that a file may hold a county with its townships and villages."""
    planner = _Planner(tree, source)
    changes = [planner.plan(row) for row in sorted(rows, key=lambda r: _ORDER.index(r.level) if r.level else 0)]
    planner.problems.extend(_overlaps(rows))
    return sorted(changes, key=lambda c: c.row), planner.problems, planner.writes


class _Planner:
    def __init__(self, tree: Tree, source: str) -> None:
        self.tree, self.source = tree, source
        self.problems: list[Problem] = []
        self.writes: list[AreaWrite] = []
        self._seen: dict[UUID, int] = {}

    def plan(self, row: AreaRow) -> Change:
        if row.refused or row.level is None:
            return Change(row.number, row.name, Action.REFUSED)
        if _ORDER.index(row.level) <= _ORDER.index(self.tree.root_level):
            return self._plan_root(row)
        self._ensure_root()
        parent = self.tree.parent_of(row)
        if parent is None:
            value = row.parent or row.parent_code or row.name
            return self._refuse(row, value, say("找不到上级镇街；请先导入镇街，或在文件里写明上级名称"))
        if row.boundary is not None and not _inside(row.boundary, parent.boundary):
            return self._refuse(row, row.name, say("边界的大半在{parent}以外，请核对坐标系", parent=parent.name))
        found = self.tree.find(row.level, parent.id, row.name, row.code)
        return self._write(row, found, parent.id)

    def _plan_root(self, row: AreaRow) -> Change:
        if self.tree.is_root(row.code, row.name):
            row.level = self.tree.root_level
            return self._write(row, self.tree.root, None)
        message = say("不是本县（{county}），跳过", county=self.tree.county.name)
        self.problems.append(Problem(row.number, "", row.name, message, Severity.WARNING))
        return Change(row.number, row.name, Action.SKIPPED)

    def _ensure_root(self) -> None:
        county = self.tree.county
        if self.tree.root is None:
            self._write(AreaRow(0, county.name, county.code, self.tree.root_level), None, None)

    def _refuse(self, row: AreaRow, value: str, message: Message) -> Change:
        self.problems.append(Problem(row.number, "", value, message))
        return Change(row.number, row.name, Action.REFUSED)

    def _write(self, row: AreaRow, found: Node | None, parent_id: UUID | None) -> Change:
        if found and found.id in self._seen:
            return self._refuse(row, row.name, say("与第 {first} 行重复", first=self._seen[found.id]))
        node = _merged(row, found, parent_id)
        self._seen[node.id] = row.number
        fields = _differences(found, node) if found else {}
        if found is None or fields:
            self.tree.put(found, node)
            self.writes.append(AreaWrite(node.id, node.area, _values(node, self.source)))
        action = Action.NEW if found is None else Action.CHANGED if fields else Action.UNCHANGED
        return Change(row.number, row.name, action, node.id, fields)


def _inside(boundary: BaseGeometry, parent: BaseGeometry | None) -> bool:
    if parent is None:
        return True
    common = shapely.intersection(boundary, shapely.make_valid(parent)).area
    return bool(common >= _LEAST_INSIDE * boundary.area)


def _merged(row: AreaRow, found: Node | None, parent_id: UUID | None) -> Node:
    """What is stored with what the row adds: a second code or name becomes an alias, nothing is lost."""
    assert row.level is not None
    if found is None:
        aliases = tuple(dict.fromkeys(row.aliases))
        return Node(new_id(), row.level, row.name, row.code, aliases, parent_id, row.boundary)
    known = {found.name, found.code, *found.aliases, ""}
    added = [a for a in (row.name, row.code if found.code else "", *row.aliases) if a not in known]
    aliases = (*found.aliases, *dict.fromkeys(added))
    boundary = row.boundary if row.boundary is not None else found.boundary
    code = found.code or row.code
    return Node(found.id, found.level, found.name, code, aliases, found.parent_id, boundary, found.area)


def _differences(before: Node, after: Node) -> dict[str, tuple[str, str]]:
    fields = {}
    if before.code != after.code:
        fields["code"] = (before.code, after.code)
    if before.aliases != after.aliases:
        fields["aliases"] = ("、".join(before.aliases), "、".join(after.aliases))
    if not _same_outline(before.boundary, after.boundary):
        fields["boundary"] = (_extent(before.boundary), _extent(after.boundary))
    return fields


def _same_outline(before: BaseGeometry | None, after: BaseGeometry | None) -> bool:
    if before is None or after is None:
        return before is after
    return bool(shapely.equals_exact(before, after, tolerance=1e-9, normalize=True))


def _extent(boundary: BaseGeometry | None) -> str:
    if boundary is None:
        return ""
    return str(say("{n} 个顶点", n=int(shapely.get_num_coordinates(boundary))))


def _values(node: Node, source: str) -> dict[str, Any]:
    return {
        "level": node.level,
        "name": node.name,
        "code": node.code or None,
        "aliases": list(node.aliases),
        "parent_id": node.parent_id,
        "boundary": from_shape(node.boundary, srid=4326) if node.boundary is not None else None,
        "source": source,
    }


def _overlaps(rows: Sequence[AreaRow]) -> list[Problem]:
    """Outlines of one level that share ground: a warning, since sources do overlap a little."""
    drawn = [r for r in rows if r.boundary is not None and not r.refused]
    if len(drawn) < 2:
        return []
    tree = shapely.STRtree([r.boundary for r in drawn])
    problems = []
    for left, right in zip(*tree.query([r.boundary for r in drawn], predicate="overlaps"), strict=True):
        one, other = drawn[int(left)], drawn[int(right)]
        if one.number >= other.number or one.level is not other.level:
            continue
        shared = shapely.intersection(one.boundary, other.boundary).area / one.boundary.area  # type: ignore[union-attr]
        if shared > _MOST_SHARED:
            message = say("与{other}的边界重叠 {percent}%", other=other.name, percent=f"{shared * 100:.0f}")
            problems.append(Problem(one.number, "", one.name, message, Severity.WARNING))
    return problems


def write_areas(
    session: Session, county: str, writes: Sequence[AreaWrite], progress: Callable[[int, int], None]
) -> None:
    """Parents stand before children in `writes`."""
    for done, write in enumerate(writes, start=1):
        if write.area is None:
            session.add(Area(county=county, id=write.id, **write.values))
            session.flush()
        else:
            for name, value in write.values.items():
                setattr(write.area, name, value)
        progress(done, len(writes))
    session.flush()
