"""The records behind a figure: a filter that any list may have, and the lists of what has no other.

The filter's value names a cell and either a selection, counted anew by the very query of the cell, or a snapshot,
whose own records are shown.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, and_, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from ..access import get
from ..errors import Message, say
from ..registry.areas import Area
from ..registry.departments import Department
from ..registry.people import Person
from ..registry.sites import Site
from ..reporting.figures.annex5 import CELLS
from ..reporting.figures.periods import named
from ..reporting.figures.selection import Selection, place_name
from ..reporting.figures.snapshots import FigureSnapshot
from ..reporting.model_cases import ModelCase
from .listing import Column, Filter, Listing
from .narrowing import township_filter


def figure_filter(model: Any) -> Filter:
    """The rows of a list that are behind one cell of a table."""
    return Filter("figure", say("统计数字"), lambda values: model.id.in_(_behind(values[0])))


def figure_value(key: str, source: Selection | FigureSnapshot) -> str:
    """The filter's value for a cell of a table."""
    return f"{key}~{source.as_text() if isinstance(source, Selection) else source.id}"


def _behind(text: str) -> Any:
    """Raises ValueError for a text that names no cell."""
    key, _, source = text.partition("~")
    if key not in CELLS:
        raise ValueError(text)
    if "~" in source:
        found = CELLS[key].found(Selection.parse(source)).subquery()
        return select(found.c.id)
    every = func.jsonb_array_elements(FigureSnapshot.content["records"][key], type_=JSONB)
    pairs = select(every.label("pair")).where(FigureSnapshot.id == UUID(source)).subquery()
    return select(cast(pairs.c.pair[0].astext, Uuid))


def figure_words(session: Session, person: Person, text: str) -> list[Message | str]:
    """What the filter's value asks for: figure, column, period, place. Empty for one that names nothing."""
    key, _, source = text.partition("~")
    if key not in CELLS:
        return []
    if "~" in source:
        selection = Selection.parse(source)
        place = place_name(session, selection)
    else:
        snapshot = get(session, person, FigureSnapshot, UUID(source))
        selection, place = snapshot.selection, snapshot.place
    figure, split = CELLS[key]
    parts: list[Message | str] = [figure.label, split.label, named(selection.first, selection.last)]
    return [*parts, place] if place else parts


def _with_department(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(
        Department, and_(Department.county == Person.county, Department.id == Person.department_id)
    ).outerjoin(Township, and_(Township.county == Person.county, Township.id == Person.township_id))


def _with_site(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Site, and_(Site.county == ModelCase.county, Site.id == ModelCase.site_id))
        .join(Recorder, and_(Recorder.county == ModelCase.county, Recorder.id == ModelCase.recorded_by_id))
        .outerjoin(Township, and_(Township.county == Site.county, Township.id == Site.township_id))
    )


Township, Recorder = aliased(Area), aliased(Person)

INSPECTORS = Listing(
    name="inspectors",
    title=say("派出的责任督学"),
    model=Person,
    joined=_with_department,
    columns=(
        Column("name", say("姓名"), Person.name, "name"),
        Column("department", say("部门"), Department.name),
        Column("township", say("镇街"), Township.name),
        Column("phone", say("电话"), Person.phone, on_screen=False),
    ),
    filters=(figure_filter(Person),),
    searched=(Person.name, func.coalesce(Department.name, "")),
    order="name",
)

CASES = Listing(
    name="cases",
    title=say("典型经验"),
    model=ModelCase,
    joined=_with_site,
    columns=(
        Column("title", say("标题"), ModelCase.title, "name"),
        Column("site", say("点位名称"), Site.name, "site"),
        Column("found_on", say("发现日期"), ModelCase.found_on, "day"),
        Column("township", say("镇街"), Township.name),
        Column("recorder", say("登记人"), Recorder.name),
        Column("withdrawn_at", say("撤回时间"), ModelCase.withdrawn_at, "moment"),
        Column("text", say("做法和成效"), ModelCase.text, on_screen=False),
        Column("withdrawn_reason", say("撤回原因"), ModelCase.withdrawn_reason, on_screen=False),
    ),
    extra={"site_id": ModelCase.site_id},
    filters=(
        Filter(
            "state",
            say("状态"),
            lambda values: _standing(values),
            (("standing", say("有效")), ("withdrawn", say("已撤回"))),
            as_chips=True,
        ),
        township_filter(Site.township_id),
        figure_filter(ModelCase),
    ),
    searched=(ModelCase.title, ModelCase.text, Site.name),
    order="found_on",
    newest_first=True,
)


def _standing(values: list[str]) -> Any:
    gone = cast(ModelCase.withdrawn_at.is_not(None), Text)
    return gone.in_(["true" if value == "withdrawn" else "false" for value in values])
