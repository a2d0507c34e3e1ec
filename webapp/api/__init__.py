"""What scripts ask for: sync, features, tiles, exports. At `/api/v1`."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")
