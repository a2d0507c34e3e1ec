"""Where the public reports, without an account and without a script, and follows it by a code. At `/report`.

Who reports is told by nothing: no address is kept or logged, no code stands in an address, and the answers are not
kept by the browser. An account that happens to be signed in is not asked.
"""

from flask import Blueprint, Response, request

from ...api.uploads import VERSION

bp = Blueprint("report", __name__, url_prefix="/report")

from . import (  # noqa: E402 - the views hang themselves on the blueprint
    files,  # noqa: F401
    form,  # noqa: F401
    ground,  # noqa: F401
    status,  # noqa: F401
)


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    if "Tus-Resumable" in request.headers:
        response.headers["Tus-Resumable"] = VERSION
    return response
