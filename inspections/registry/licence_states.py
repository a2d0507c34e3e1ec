"""Whether a site has its papers 证照情况, as follows from the licences that are in force on a day (S2).

A licence runs out without anybody touching it, so a job looks each morning; imports ask for the sites they wrote.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from .. import events
from ..days import day_of
from ..jobs import Work, job

# Of sites with any licence at all: where none was ever entered, what an officer saw stands
_CHANGED = """
    with held as (
        select site_id,
            bool_or(kind = 'permit' and in_force) as permit, bool_or(kind <> 'permit' and in_force) as registration
        from (
            select site_id, kind,
                coalesce(valid_from, '-infinity') <= :day and coalesce(valid_until, 'infinity') >= :day as in_force
            from licences where county = :county
                and (cast(:ids as uuid[]) is null or site_id = any(cast(:ids as uuid[])))
        ) as each_licence
        group by site_id
    ), due as (
        select sites.id, sites.licence_state as was, case when permit and registration then 'complete'
            when permit then 'permit_only' when registration then 'registration_only' else 'none' end as now
        from held join sites on sites.county = :county and sites.id = held.site_id and sites.kind <> 'school'
    )
    update sites set licence_state = due.now, updated_at = now()
    from due where sites.county = :county and sites.id = due.id and due.was is distinct from due.now
    returning sites.id, due.was, due.now
"""


@job("licence states", every="40 16 * * *")  # 00:40 in China, when a new day has begun
def _refresh(work: Work) -> None:
    refresh_licence_states(work.session, work.county, day_of(datetime.now(UTC)))


def refresh_licence_states(
    session: Session, county: str, day: date, site_ids: Sequence[UUID] | None = None
) -> dict[UUID, tuple[str | None, str]]:
    """Bring sites in line with their licences on a day in China; (before, after) of each that changed, by its id.

    What changed by itself is in the history of its site. `site_ids`: only these, written just now by an import.
    """
    values = {"county": county, "day": day, "ids": None if site_ids is None else list(site_ids)}
    changed = {row.id: (row.was, row.now) for row in session.execute(text(_CHANGED), values)}
    if changed and site_ids is None:
        details = {site_id: {"was": was, "now": now} for site_id, (was, now) in changed.items()}
        rows = events.rows_of("licences_change", "sites", details)
        session.execute(text(events.INSERT), {"county": county, "person_id": None, **rows})
    session.expire_all()
    return changed
