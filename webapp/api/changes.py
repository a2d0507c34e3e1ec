"""`/changes?since=`: what an open map has to draw anew."""

from datetime import datetime
from typing import Any

from flask import Response, json, request

from inspections.access import require
from inspections.errors import Invalid, say
from inspections.recent import recent

from ..answers import cacheable
from ..auth import current_person, now
from ..db import session
from . import bp

# What is drawn on the map or read in a site's file
DRAWN = {"sites", "checks", "findings", "licences", "tasks", "tips"}


@bp.get("/changes")
def changes() -> Response:
    """`until` is what to ask with next time; deeds may be told twice, so compare their `key`."""
    require(current_person(), "desk.open")
    found = recent(session(), current_person(), _since(), now())
    body: dict[str, Any] = {
        "deeds": [
            {"key": deed.key, "verb": deed.verb, "subject": deed.subject, "id": deed.subject_id}
            for deed in found.deeds
            if deed.subject in DRAWN
        ],
        "checks": [check._asdict() for check in found.checks],
        "is_all": found.is_all,
    }
    response = cacheable(json.dumps(body).encode(), "application/json", seconds=0)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Until"] = found.until.isoformat()
    return response


def _since() -> datetime:
    text = request.args.get("since")
    if text is None:
        return now()
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({"since": say("时间格式不对")}) from None
    if since.tzinfo is None:
        raise Invalid({"since": say("时间格式不对")})
    return since
