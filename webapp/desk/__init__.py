"""The desk: the map and what slides over it. At `/`."""

from flask import Blueprint

from ..auth import require_verb

bp = Blueprint("desk", __name__)
bp.before_request(require_verb("desk.open"))

from . import hotspots, imports, style  # noqa: E402, F401 - the views hang themselves on the blueprint
