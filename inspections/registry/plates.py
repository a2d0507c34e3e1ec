"""Plates of sites: a code on the door that a phone reads, so that a check indoors still knows where it is.

The code holds an address with the site's id and its county, and nothing about the site.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import segno
from sqlalchemy import Text, cast, false
from sqlalchemy.orm import Session

from ..access import visible
from .people import Person
from .sites import Site

MOST_PLATES = 400  # a hundred sheets; the rest is another print
QUIET_ZONE = 4  # modules, by ISO/IEC 18004


class Plate(NamedTuple):
    """`svg` is the QR code of `text`, drawn with no style of its own."""

    site_id: UUID
    name: str
    code: str
    text: str
    svg: str


def code_of(site_id: UUID) -> str:
    """What is read out over the phone: the last eight digits of the id, those that are random."""
    digits = site_id.hex[-8:].upper()
    return f"{digits[:4]}-{digits[4:]}"


def has_code(word: str) -> Any:
    """A condition for a search: the word is the code of a site's plate."""
    digits = word.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{8}", digits):
        return false()
    return cast(Site.id, Text).endswith(digits)


def address(host: str, county: str, site_id: UUID) -> str:
    """What the code says. Always https: a phone page works over nothing else."""
    return f"https://{host}/p/{site_id}?{urlencode({'c': county})}"


def make_plates(
    session: Session, person: Person, ids: Iterable[UUID], host: str, most: int = MOST_PLATES
) -> list[Plate]:
    """Plates of the sites that the person may see, in the order asked for."""
    wanted = list(dict.fromkeys(ids))[:most]
    query = visible(person, Site).where(Site.id.in_(wanted)).with_only_columns(Site.id, Site.name)
    names = {row.id: row.name for row in session.execute(query)}
    return [_plate(person.county, each, names[each], host) for each in wanted if each in names]


def _plate(county: str, site_id: UUID, name: str, host: str) -> Plate:
    text = address(host, county, site_id)
    # M: a seventh of it may be scratched. The colours come from the page's style
    drawn = segno.make(text, error="m", micro=False).svg_inline(border=QUIET_ZONE, omitsize=True, svgclass="qr")
    return Plate(site_id, name, code_of(site_id), text, drawn)
