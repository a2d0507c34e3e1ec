"""The English of what scripts say. Chinese stands in the scripts themselves."""

from flask import Response

from inspections.errors import NotFound

from ..answers import cacheable
from ..auth import public
from ..translations.catalogue import SCRIPT
from . import bp

FRESH_S = 300
# A page on a bad line had better speak in last week's words than in Chinese.
STALE_S = 7 * 24 * 3600


@bp.get("/messages/en.json")
@public
def english_messages() -> Response:
    if not SCRIPT.is_file():
        raise NotFound
    response = cacheable(SCRIPT.read_bytes(), "application/json", seconds=FRESH_S)
    response.headers["Cache-Control"] += f", stale-while-revalidate={STALE_S}, stale-if-error={STALE_S}"
    return response
