"""What scripts ask for: sync, features, tiles, exports. At `/api/v1`."""

from flask import Blueprint, Response

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from . import changes, checks, field, files, layers, search, sites, tiles  # noqa: E402, F401 - the views hang themselves on it
