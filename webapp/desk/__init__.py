"""The desk: the map and what slides over it. At `/`."""

from flask import Blueprint

from ..auth import require_verb

bp = Blueprint("desk", __name__)
bp.before_request(require_verb("desk.open"))

# The views hang themselves on the blueprint.
from . import (  # noqa: E402, F401
    checks,
    conflicts,
    hotspots,
    imports,
    lists,
    map_page,
    orders,
    parcels,
    phones,
    plates,
    sites,
    style,
    words,
)

bp.record_once(lambda state: words.init_filters(state.app))
