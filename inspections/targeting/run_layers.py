"""What runs say about cells, as the layers of a map: `geo.maps` has the colours, the runs have the figures."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.cells import plane
from geo.maps.hotspot_layers import Circle, EffortState, Frame, Kind, Layer, Quadrant, Surface, Trend, bands
from geo.times import local

from ..access import visible
from ..errors import Message, say
from ..registry.people import Person
from .effort import Heat
from .hotspot_runs import HotspotCell, HotspotRun, RunState
from .hotspots import clusters_of
from .material import read_kept
from .methods.surfaces import BANDWIDTH_CELLS
from .settings import Counted, Method, Settings

Translate = Callable[[Message], str]
Rows = Sequence[HotspotCell]
Floats = NDArray[np.float64]
PIXEL_ROWS = 200
KINDS = {
    Method.LOCAL_MORAN: Kind.QUADRANTS,
    Method.KERNEL: Kind.DENSITY,
    Method.KERNEL_ADAPTIVE: Kind.DENSITY,
    Method.EMERGING: Kind.EMERGING,
    Method.SCAN: Kind.SCAN,
    Method.SCAN_SPACE_TIME: Kind.SCAN,
}
SAYS = {
    Kind.SIGNIFICANCE: say(
        "说的是：这一格连同邻格的加权件数是否明显高于或低于全县平均，并控制了误报。"
        "没说的是：为什么；也没说空白处没有问题，可能只是没人报、没人看。"
    ),
    Kind.QUADRANTS: say(
        "说的是：这一格和四周是否同高同低，或者一格独高。"
        "没说的是：件数多少才要紧；只标出检验显著的格子，其余看不出与四周有关。"
    ),
    Kind.DENSITY: say(
        "说的是：件数在哪里最密，颜色按装下多少件数分级。"
        "没说的是：密是不是偶然；人多、学校多、走访多的地方本来就密。"
    ),
    Kind.EMERGING: say(
        "说的是：把时段分成几步，每格是新出现、一直在还是正在消退。"
        "没说的是：下一步会怎样；步子少或件数少时，时有时无多半是偶然。"
    ),
    Kind.SCAN: say(
        "说的是：哪个圈里的件数比应有的多，光凭偶然有多难见到。"
        "没说的是：圈的边就是问题的边；圈里也有没问题的地方。"
    ),
    Kind.EFFORT: say(
        "说的是：按走访和检查的次数校正后，哪里查出的真比全县多，哪里看过多次而少有问题，哪里看得还不够。"
        "没说的是：没人看过的地方干净；那里要先走访再下结论。"
    ),
}
EMERGING = {trend.name.lower(): trend for trend in Trend} | {"unseen": Trend.UNSEEN}
HEATS = {Heat.HOT: EffortState.HOT, Heat.COLD: EffortState.COLD, Heat.UNDECIDED: EffortState.UNDECIDED}


def beside(session: Session, person: Person, run: HotspotRun) -> list[HotspotRun]:
    """The run and, by other methods, the newest done ones of the same period and cells made within a day of it."""
    near = HotspotRun.computed_at.between(run.computed_at - timedelta(days=1), run.computed_at + timedelta(days=1))
    others = session.scalars(
        visible(person, HotspotRun).where(HotspotRun.state == RunState.DONE, near, HotspotRun.id != run.id)
    ).all()
    settings = Settings.of(run.settings)
    found = {key_of(run): run}
    for other in sorted(others, key=lambda each: each.computed_at, reverse=True):
        if _ground(Settings.of(other.settings)) == _ground(settings):
            found.setdefault(key_of(other), other)
    order = list(Method)
    rest = sorted(list(found.values())[1:], key=lambda each: order.index(Settings.of(each.settings).method))
    return [run, *rest]


def _ground(settings: Settings) -> tuple[object, ...]:
    return settings.size_m, settings.first_day or settings.days, settings.last_day


def key_of(run: HotspotRun) -> str:
    settings = Settings.of(run.settings)
    return f"{settings.method.value}-{settings.counted.value}"


def name_of(run: HotspotRun, translate: Translate) -> str:
    settings = Settings.of(run.settings)
    name = translate(settings.method.label)
    return name if settings.counted is Counted.BOTH else f"{name} · {translate(settings.counted.label)}"


def layer_of(
    session: Session, person: Person, run: HotspotRun, rows: Rows, frames: Sequence[Frame], translate: Translate
) -> Layer:
    """What a run's method says. `rows` are its cells."""
    settings = Settings.of(run.settings)
    kind = KINDS.get(settings.method, Kind.SIGNIFICANCE)
    value = _column(rows, "value" if kind is Kind.DENSITY else "weight")
    per_place = settings.method is Method.RATE
    return Layer(
        key=key_of(run),
        name=name_of(run, translate),
        kind=kind,
        code=_codes(kind, rows, value),
        says=translate(SAYS[kind]),
        z=_known(_column(rows, "z")),
        q=_known(_column(rows, "q")),
        value=value,
        rate=_known(_column(rows, "value")) if per_place else None,
        unit=translate(settings.counted.label) if per_place and settings.counted is not Counted.BOTH else "",
        frames=frames if settings.method is Method.GI_STAR else (),
        surface=_surface(session, run, settings) if kind is Kind.DENSITY else None,
        circles=_circles(session, person, run) if kind is Kind.SCAN else (),
        sources=sources_of(run, translate),
        sha256=run.sha256 or "",
    )


def effort_layer(run: HotspotRun, rows: Rows, translate: Translate) -> Layer | None:
    """Hot, cold or not enough looked at, by what was found in a visit; None for runs from before it was kept."""
    if not rows or any(row.heat is None for row in rows):
        return None
    code = np.array([HEATS[row.heat] for row in rows if row.heat is not None], dtype=np.int8)
    return Layer(
        key="effort",
        name=translate(say("看得够不够（按走访次数校正）")),
        kind=Kind.EFFORT,
        code=code,
        says=translate(SAYS[Kind.EFFORT]),
        rate=_known(_column(rows, "rate")),
        low=_known(_column(rows, "rate_low")),
        high=_known(_column(rows, "rate_high")),
        settle=_column(rows, "visits_to_settle"),
        unit=translate(say("每次走访查出")),
        sources=sources_of(run, translate),
        sha256=run.sha256 or "",
    )


def sources_of(run: HotspotRun, translate: Translate) -> list[tuple[str, str]]:
    """The parameters of a run in words, to cite it by."""
    settings = Settings.of(run.settings)
    facts = [
        (say("计数"), translate(settings.counted.label)),
        (say("网格边长"), translate(say("{size} 米", size=settings.size_m))),
        (say("数据截至"), f"{local(run.computed_at):%Y-%m-%d %H:%M:%S}"),
        (say("件数"), str(run.summary.get("events", ""))),
    ]
    if run.version is not None:
        facts += [(say("方法版本"), str(run.version)), (say("随机种子"), str(run.seed))]
    return [(translate(word), value) for word, value in facts]


def visits_of(rows: Rows) -> Floats | None:
    return _known(_column(rows, "visits"))


def _codes(kind: Kind, rows: Rows, value: Floats) -> NDArray[np.int8]:
    match kind:
        case Kind.QUADRANTS:
            found = [Quadrant[row.quadrant.upper()] if row.quadrant else Quadrant.NONE for row in rows]
        case Kind.EMERGING:
            return np.array([_trend(row.emerging or "") for row in rows], dtype=np.int8)
        case Kind.DENSITY:
            return bands(value)
        case Kind.SCAN:
            return np.zeros(len(rows), dtype=np.int8)
        case _:
            return np.array([row.level for row in rows], dtype=np.int8)
    return np.array(found, dtype=np.int8)


def _trend(word: str) -> Trend:
    return Trend.COLD if word.startswith("cold_") else EMERGING.get(word, Trend.NONE)


def _surface(session: Session, run: HotspotRun, settings: Settings) -> Surface | None:
    """The density between the middles of the cells, from the events that were kept with the run."""
    from geo.density import adaptive, kernel

    if run.events_id is None:
        return None
    material, _ = read_kept(session, run)
    forward = plane(material.grid.meridian)
    x_m, y_m = (np.asarray(each) for each in forward(material.events.lon, material.events.lat))
    if not len(x_m):
        return None
    outline = shapely.transform(material.outline, lambda xy: np.column_stack(forward(xy[:, 0], xy[:, 1])))
    bandwidth_m = BANDWIDTH_CELLS * settings.size_m
    smooth = adaptive if settings.method is Method.KERNEL_ADAPTIVE else kernel
    found = smooth(x_m, y_m, bandwidth_m, bandwidth_m / 6, material.events.weight, outline)
    west, south, east, north = (float(v) for v in shapely.total_bounds(material.grid.polygons))
    lon, lat = _pixels(west, south, east, north)
    values = found.at(*(np.asarray(each) for each in forward(lon.ravel(), lat.ravel())))
    shapely.prepare(material.outline)
    inside = shapely.contains_xy(material.outline, lon.ravel(), lat.ravel())
    return Surface(west, south, east, north, np.where(inside, values, 0.0).reshape(lon.shape))


def _pixels(west: float, south: float, east: float, north: float) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the middles of about square pixels, row 0 in the north."""
    columns = int(np.clip(round(PIXEL_ROWS * (east - west) * np.cos(np.radians(south)) / (north - south)), 8, 800))
    across = west + (np.arange(columns) + 0.5) * (east - west) / columns
    down = north - (np.arange(PIXEL_ROWS) + 0.5) * (north - south) / PIXEL_ROWS
    lon, lat = np.meshgrid(across, down)
    return lon, lat


def _circles(session: Session, person: Person, run: HotspotRun) -> list[Circle]:
    return [
        Circle(
            each.lon, each.lat, each.radius_m, each.observed, each.expected,
            each.relative_risk, each.p, each.first_day, each.last_day,
        )
        for each in clusters_of(session, person, run)
    ]  # fmt: skip


def _column(rows: Rows, name: str) -> Floats:
    values = (getattr(row, name) for row in rows)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _known(column: Floats) -> Floats | None:
    """A column of which nothing is known is none."""
    return None if np.isnan(column).all() else column
