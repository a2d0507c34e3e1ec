"""Standing runs: what of the hotspots a refresh always computes, so that the map is there before anyone asks."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ..errors import Invalid
from .hotspots import fill, new_run
from .material import county_outline
from .refreshing import step
from .settings import Method, Settings

STANDING = (Settings(), Settings(method=Method.RATE))
KEPT = 10


@step("hotspots")
def compute_standing_runs(session: Session, county: str, now: datetime) -> None:
    """A county without a boundary has none."""
    try:
        county_outline(session, county)
    except Invalid:
        return
    for settings in STANDING:
        run = new_run(county, settings, now)
        session.add(run)
        session.flush()
        fill(session, run, now)
    forget_old_runs(session, county)


def forget_old_runs(session: Session, county: str) -> None:
    """Of each kind of run that nobody ordered or took away, the last `KEPT` stay, with what they stand on."""
    session.flush()
    session.execute(FORGET_RUNS, {"county": county, "kept": KEPT})
    session.execute(FORGET_SNAPSHOTS, {"county": county})


FORGET_RUNS = text(
    """
    delete from hotspot_runs where county = :county and id in (
        select id from (
            select id, row_number() over (partition by settings order by computed_at desc, id desc) as place
            from hotspot_runs where county = :county and person_id is null and cited_at is null and state = 'done'
        ) as numbered where place > :kept)
    """
)
FORGET_SNAPSHOTS = text(
    """
    delete from analysis_snapshots as s where county = :county and kind like 'hotspots %' and not exists (
        select from hotspot_runs r where r.county = s.county and s.id in (r.events_id, r.exposure_id,
        r.outline_id))
    """
)
