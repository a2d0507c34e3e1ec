"""Hotspots: ordering analyses of where events gather, and doing them from data that is kept with them."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from .. import events as history
from ..access import require, visible
from ..db import new_id
from ..errors import Invalid, say
from ..jobs import Work, enqueue, job
from ..registry.counties import County
from ..registry.people import Person
from .analysing import VERSION, Analysis, analyse
from .hotspot_runs import HotspotCell, HotspotCluster, HotspotRun, RunState, citation_hash
from .material import county_grid, county_outline, keep_material, read_kept, read_material
from .occurrences import Occurrences, occurrences
from .run_cells import write_cells, write_clusters
from .settings import DAYS, MOST_SCANNED, SCANS, SIZES_M, Counted, Method, Settings

log = logging.getLogger(__name__)

__all__ = [
    "DAYS",
    "SIZES_M",
    "Counted",
    "Method",
    "Occurrences",
    "Settings",
    "county_grid",
    "county_outline",
    "occurrences",
]


def order_run(session: Session, person: Person, settings: Settings, now: datetime) -> HotspotRun:
    """Ask for a run; a job does the work. While one with the same settings waits, that one is given."""
    require(person, "hotspot.run")
    settings.refuse_future(now)
    grid = county_grid(session, person.county, settings)
    if settings.method in SCANS and len(grid) > MOST_SCANNED:
        raise Invalid({"size_m": say("扫描统计最多 {most} 个网格，请选更大的边长", most=MOST_SCANNED)})
    # Two who ask at once wait for one another here, and the second finds the first one's run
    session.execute(LOCK, {"key": f"hotspots {person.county}"})
    waiting = session.scalars(
        select(HotspotRun).where(
            HotspotRun.county == person.county,
            HotspotRun.state == RunState.WAITING,
            HotspotRun.settings == settings.stored,
        )
    ).first()
    if waiting:
        return waiting
    run = new_run(person.county, settings, now, person.id)
    session.add(run)
    session.flush()
    enqueue(session, "hotspots.compute", person.county, run_id=run.id)
    return run


LOCK = text("select pg_advisory_xact_lock(hashtextextended(:key, 42))")


def new_run(county: str, settings: Settings, now: datetime, person_id: UUID | None = None) -> HotspotRun:
    """A run that waits; without a person it is one that no one ordered."""
    return HotspotRun(
        county=county,
        id=new_id(),
        computed_at=now,
        person_id=person_id,
        settings=settings.stored,
        summary={},
        state=RunState.WAITING,
    )


def latest_run(session: Session, person: Person, method: Method = Method.GI_STAR) -> HotspotRun | None:
    """The newest finished run of the person's county by a method, up to today."""
    require(person, "hotspot.see")
    named = HotspotRun.settings["method"].astext
    return session.scalars(
        visible(person, HotspotRun)
        .where(HotspotRun.state == RunState.DONE, func.coalesce(named, Method.GI_STAR.value) == method.value)
        .where(HotspotRun.settings["first_day"].astext.is_(None))
        .order_by(HotspotRun.computed_at.desc())
        .limit(1)
    ).first()


def list_runs(session: Session, person: Person, limit: int = 20) -> Sequence[HotspotRun]:
    """What people ordered, and of what the refresh makes the newest of each kind; the newest first."""
    require(person, "hotspot.see")
    newest = (
        select(HotspotRun.id)
        .where(HotspotRun.county == person.county, HotspotRun.person_id.is_(None))
        .ext(distinct_on(HotspotRun.settings))
        .order_by(HotspotRun.settings, HotspotRun.computed_at.desc())
    )
    chosen = or_(HotspotRun.person_id.is_not(None), HotspotRun.cited_at.is_not(None), HotspotRun.id.in_(newest))
    query = visible(person, HotspotRun).where(chosen)
    return session.scalars(query.order_by(HotspotRun.computed_at.desc()).limit(limit)).all()


def cite(session: Session, person: Person, run: HotspotRun, now: datetime) -> None:
    """Somebody takes the map away: from then on the run is kept, so that its hash can be looked up."""
    require(person, "hotspot.see")
    if run.cited_at is None:
        run.cited_at = now
        history.record(session, person, "cite", run, sha256=run.sha256)


@job("hotspots.compute", awaited=True)
def compute(work: Work, run_id: str) -> None:
    """Do the run that was ordered, and mark it done."""
    run = work.session.get(HotspotRun, (work.county, UUID(run_id)))
    if run is None or run.state is not RunState.WAITING:
        return
    try:
        with work.session.begin_nested():
            fill(work.session, run, datetime.now(UTC))
    except (Invalid, ValueError) as error:  # the statistics refuse what they can't tell, or not in any useful time
        log.warning("hotspot run %s was refused: %s", run.id, error)
        words = error.message if isinstance(error, Invalid) else say("这些数据用这个方法算不出来，请换方法或时段")
        run.state, run.summary = RunState.FAILED, {"refusal": [words.template, words.values]}


def fill(session: Session, run: HotspotRun, now: datetime) -> Analysis:
    """Compute a run's cells as of `now`, and store them with what they were computed from."""
    began = monotonic()
    settings = Settings.of(run.settings)
    run.since, run.until = settings.period(now)
    material = read_material(session, run.county, settings, run.since, run.until)
    hashes = keep_material(session, run, material, now)
    run.version, run.computed_at = VERSION, now
    # Whoever computes the same from the same data gets the same; nobody can choose the luckier of two seeds
    run.seed = int(citation_hash(_parts(run, settings, hashes), [])[:12], 16)
    analysis = analyse(material, settings, run.seed)
    run.sha256 = citation_hash(_parts(run, settings, hashes), analysis.content)
    run.state, run.summary = RunState.DONE, dict(analysis.summary)
    session.flush()
    write_cells(session, run, material.grid, analysis)
    write_clusters(session, run, analysis)
    run.took_ms = round(1000 * (monotonic() - began))
    return analysis


def recompute(session: Session, run: HotspotRun) -> tuple[Analysis, str]:
    """The run once more, from what was kept with it alone, and the hash of it, which is the run's own `sha256`.

    Raises Invalid for a run of another version of the methods, or from before its data was kept.
    """
    if run.version != VERSION or run.seed is None:
        raise Invalid({"run": say("这次分析由另一版本的方法做出，不能用现在的方法重算")})
    settings = Settings.of(run.settings)
    material, hashes = read_kept(session, run)
    analysis = analyse(material, settings, run.seed)
    return analysis, citation_hash(_parts(run, settings, hashes), analysis.content)


def _parts(run: HotspotRun, settings: Settings, hashes: list[str]) -> dict[str, Any]:
    """What a run was made from. Whole microseconds, as the database keeps them."""
    moments = [round(each.timestamp() * 1e6) for each in (run.since, run.until) if each]
    return {"settings": settings.stored, "version": run.version, "period": moments, "data": hashes}


def cells_of(session: Session, person: Person, run: HotspotRun) -> Sequence[HotspotCell]:
    """In the grid's order; none for a run that waits."""
    require(person, "hotspot.see")
    return session.scalars(
        select(HotspotCell)
        .where(HotspotCell.county == person.county, HotspotCell.run_id == run.id)
        .order_by(HotspotCell.position)
    ).all()


def clusters_of(session: Session, person: Person, run: HotspotRun) -> Sequence[HotspotCluster]:
    """The likeliest first."""
    require(person, "hotspot.see")
    return session.scalars(
        select(HotspotCluster)
        .where(HotspotCluster.county == person.county, HotspotCluster.run_id == run.id)
        .order_by(HotspotCluster.rank)
    ).all()


def county_of(session: Session, run: HotspotRun) -> County:
    return session.get_one(County, run.county)
