"""Writing what came out of an analysis: a run's cells and clusters, each in one statement."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from geo.cells import Grid

from .analysing import Analysis
from .hotspot_runs import HotspotCluster, HotspotRun


def write_cells(session: Session, run: HotspotRun, grid: Grid, analysis: Analysis) -> None:
    columns = _columns(grid, analysis)
    session.execute(WRITE, {"county": run.county, "run_id": run.id, **columns})


def write_clusters(session: Session, run: HotspotRun, analysis: Analysis) -> None:
    rows = [
        {
            "county": run.county,
            "run_id": run.id,
            "rank": rank,
            **vars(cluster),
            "first_day": cluster.first_day and cluster.first_day.astype(object),
            "last_day": cluster.last_day and cluster.last_day.astype(object),
        }
        for rank, cluster in enumerate(analysis.outcome.clusters, start=1)
    ]
    if rows:
        session.execute(insert(HotspotCluster), rows)


def _columns(grid: Grid, analysis: Analysis) -> dict[str, list[Any]]:
    found, effort = analysis.outcome, analysis.effort
    return {
        "code": grid.codes.tolist(),
        "boundary": [shapely.to_wkb(_multi(each)) for each in grid.polygons],
        "weight": analysis.weight.tolist(),
        "z": _numbers(found.z),
        "p": _numbers(found.p),
        "level": found.level.tolist(),
        "value": _numbers(found.value),
        "q": _numbers(found.q),
        "heat": analysis.heat.tolist(),
        "visits": effort.visits.tolist(),
        "hits": effort.hits.tolist(),
        "rate": _numbers(effort.rate),
        "rate_low": _numbers(effort.low),
        "rate_high": _numbers(effort.high),
        "visits_to_settle": _numbers(effort.visits_to_settle),
        "emerging": _words(found.emerging, len(grid)),
        "quadrant": _words(found.quadrant, len(grid)),
        "cluster": _words(found.cluster, len(grid)),
    }


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [None if unknown else value for value, unknown in zip(values.tolist(), np.isnan(values), strict=True)]


def _words(values: NDArray[Any] | None, count: int) -> list[Any]:
    """Nothing, as "" or 0, is None."""
    return [None] * count if values is None else [each or None for each in values.tolist()]


def _multi(shape: BaseGeometry) -> BaseGeometry:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])


KINDS = {
    "code": "text",
    "boundary": "bytea",
    "weight": "float8",
    "z": "float8",
    "p": "float8",
    "level": "int",
    "value": "float8",
    "q": "float8",
    "heat": "text",
    "visits": "float8",
    "hits": "float8",
    "rate": "float8",
    "rate_low": "float8",
    "rate_high": "float8",
    "visits_to_settle": "float8",
    "emerging": "text",
    "quadrant": "text",
    "cluster": "int",
}
# `ordinality` counts from 1, positions from 0
WRITE = text(
    f"""
    insert into hotspot_cells (county, run_id, position, {", ".join(KINDS)})
    select :county, :run_id, position - 1,
        {", ".join("ST_GeomFromWKB(boundary, 4326)" if name == "boundary" else name for name in KINDS)}
    from unnest({", ".join(f"cast(:{name} as {kind}[])" for name, kind in KINDS.items())})
        with ordinality as given({", ".join(KINDS)}, position)
    """  # noqa: S608 - names of our own columns
)
