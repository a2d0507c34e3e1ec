"""What a bulletin says, as plain data: shown as a preview, frozen with the signature, drawn in Word."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...casework.findings import Finding
from ...days import CHINA
from ...registry.counties import find_county
from ...registry.people import Person
from ...registry.sites import Site
from .bulletins import Bulletin, BulletinKind, cases_of, sections_of
from .due import period_of
from .masking import anonymous

FORMAT = "mingcha-bulletin/1"


def compose(
    session: Session, bulletin: Bulletin, *, number_text: str = "", issued_on: date | None = None
) -> dict[str, Any]:
    """The content of a draft as it stands. Days and moments are ISO texts."""
    county = find_county(session, bulletin.county)
    drafter = session.get(Person, (bulletin.county, bulletin.drafted_by_id))
    return {
        "format": FORMAT,
        "kind": bulletin.kind.value,
        "period": period_of(bulletin).in_chinese,
        "first": bulletin.first_day.isoformat(),
        "last": bulletin.last_day.isoformat(),
        "number": number_text,
        "title": bulletin.title,
        "county": county.name if county else "",
        "bureau": county.bureau if county else "",
        "organisation": county.bureau if county else "",
        "addressee": "" if bulletin.kind is BulletinKind.DAILY else "各镇街，各学校、校外培训机构，各有关单位",
        "sections": [
            {"key": each.key, "title": each.title, "text": each.text, "drafted": each.drafted}
            for each in sections_of(session, bulletin)
        ],
        "cases": _cases(session, bulletin),
        "figures": dict(bulletin.figures),
        "contact": drafter.name if drafter else "",
        "telephone": (drafter.phone or "") if drafter else "",
        "issued_on": issued_on.isoformat() if issued_on else None,
    }


def _cases(session: Session, bulletin: Bulletin) -> list[dict[str, Any]]:
    """The cases in their order; `site` is the name as it stood when it was frozen."""
    chosen = cases_of(session, bulletin)
    rows = session.execute(
        select(Finding.id, Site.name, Site.kind)
        .join(Site, (Site.county == Finding.county) & (Site.id == Finding.site_id))
        .where(Finding.county == bulletin.county, Finding.id.in_([each.finding_id for each in chosen]))
    )
    sites = {row.id: row for row in rows}
    return [
        {
            "id": str(each.id),
            "finding_id": str(each.finding_id),
            "site": sites[each.finding_id].name,
            "anonymous": anonymous(sites[each.finding_id].kind),
            "is_named": each.is_named,
            "text": each.text,
        }
        for each in chosen
    ]


def title_of_case(case: Mapping[str, Any]) -> str:
    return str(case["site"] if case.get("is_named", True) else case["anonymous"])


def as_of_words(figures: Mapping[str, Any]) -> str:
    local = datetime.fromisoformat(figures["as_of"]).astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
