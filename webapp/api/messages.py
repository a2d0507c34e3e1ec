"""The English of what scripts say. Chinese stands in the scripts themselves."""

from flask import Response, send_file

from inspections.errors import NotFound

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
    response = send_file(SCRIPT, mimetype="application/json", max_age=FRESH_S)
    response.headers["Cache-Control"] = (
        f"public, max-age={FRESH_S}, stale-while-revalidate={STALE_S}, stale-if-error={STALE_S}"
    )
    return response
