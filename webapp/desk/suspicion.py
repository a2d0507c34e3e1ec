"""What a site's page tells of the suspicion against it."""

from typing import Any

from inspections.access import can
from inspections.intake import moved_sites
from inspections.intake.clues import ClueKind
from inspections.registry import public_listings, watching
from inspections.registry.people import Person
from inspections.registry.sites import Site, SiteKind
from inspections.registry.suspect_stages import LADDER, WIDE_M, stage_of

from ..db import session
from .words import word


def suspicion_of(person: Person, site: Site) -> dict[str, Any]:
    """What a site's page shows of its ladder, its clues and its kin; nothing for a school."""
    return {
        "ladder": LADDER,
        "stage": stage_of(session(), site) if site.kind is SiteKind.SUSPECTED else None,
        "is_vague": (site.location_accuracy_m or 0) > WIDE_M,
        "next_look": watching.next_look_of(session(), site),
        "clues": moved_sites.clues_of(session(), site),
        "clue_kinds": [(each.value, word(each)) for each in ClueKind],
        "kin": moved_sites.kin_of(session(), person, site),
        "whereabouts": moved_sites.whereabouts(session(), person, site),
        "listings": public_listings.listings_of(session(), site),
        "may_locate": can(person, "site.locate"),
        "may_link": can(person, "site.link"),
        "may_list": can(person, "public_list.publish"),
    }
