"""The public keys by which anyone can verify a receipt, and seal a parcel for us."""

from flask import Response

from ..auth import public
from ..keys import key_ring
from . import bp
from .json_answers import as_json


@bp.get("/keys")
@public
def public_keys() -> Response:
    response = Response(as_json(key_ring().public()), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
