"""Storing planned sites: whole batches in one statement, so that 50,000 rows take seconds."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...days import day_of
from ...db import new_id
from ..licence_states import refresh_licence_states
from .site_plans import SiteWrites, papers_of

BATCH = 5000

Progress = Callable[[int, int], None]

_UPSERT = """
    insert into sites (county, id, kind, category, state, name, external_key, ownership, premises, location,
        location_datum, address, stated_township, township_id, village_id, person_in_charge, phone, pupils, staff,
        remark, created_by_id)
    select :county, id, kind, category, state, name, external_key, ownership, premises,
        ST_SetSRID(ST_MakePoint(lon, lat), 4326), location_datum, address, stated_township, township_id,
        village_id, person_in_charge, phone, pupils, staff, remark, :person_id
    from jsonb_to_recordset(cast(:rows as jsonb)) as row (id uuid, kind text, category text, state text, name text,
        external_key text, ownership text, premises text, lon float8, lat float8, location_datum text,
        address text, stated_township text, township_id uuid, village_id uuid, person_in_charge text, phone text,
        pupils int, staff int, remark text)
    on conflict (county, id) do update set
        kind = excluded.kind, category = excluded.category, name = excluded.name,
        external_key = excluded.external_key, ownership = excluded.ownership, premises = excluded.premises,
        location = excluded.location, location_datum = excluded.location_datum, address = excluded.address,
        stated_township = excluded.stated_township, township_id = excluded.township_id,
        village_id = excluded.village_id, person_in_charge = excluded.person_in_charge, phone = excluded.phone,
        pupils = excluded.pupils, staff = excluded.staff, remark = excluded.remark, updated_at = now()
"""

_PAPERS = """
    insert into licences (county, id, site_id, kind, number, credit_code, holder)
    select :county, id, site_id, kind, number, credit_code, holder
    from jsonb_to_recordset(cast(:rows as jsonb))
        as row (id uuid, site_id uuid, kind text, number text, credit_code text, holder text)
    on conflict (county, site_id, kind, number) do nothing
"""


def write_sites(
    session: Session, county: str, person_id: UUID | None, writes: SiteWrites, progress: Progress
) -> None:
    """Store within the caller's transaction; `progress` hears (rows done, rows in all)."""
    total, done = len(writes.sites), 0
    for batch in _batches(writes.sites):
        session.execute(text(_UPSERT), {"county": county, "person_id": person_id, "rows": _json(batch)})
        done += len(batch)
        progress(done, total)
    papers = [paper for site_id, row in writes.licences for paper in _papers(site_id, row)]
    for batch in _batches(papers):
        session.execute(text(_PAPERS), {"county": county, "rows": _json(batch)})
    written = list({paper["site_id"] for paper in papers})
    refresh_licence_states(session, county, day_of(datetime.now(UTC)), written)


def _papers(site_id: UUID, row: Any) -> Iterator[dict[str, Any]]:
    for kind, number in papers_of(row):
        code = number if kind != "permit" and len(number) == 18 else None
        yield {
            "id": new_id(),
            "site_id": site_id,
            "kind": kind,
            "number": number,
            "credit_code": code,
            "holder": row.name,
        }


def _batches(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)
