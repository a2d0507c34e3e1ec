"""What a phone takes along into the field, what it reports, and whether it has reached us."""

import hashlib
from typing import Any

from flask import Response, current_app, request

from inspections.access import require
from inspections.days import day_of
from inspections.errors import Conflict
from inspections.field.bundle import make_bundle, read_list
from inspections.field.bundle_sites import SITE_COLUMNS, SiteChanges, read_mark, site_changes
from inspections.registry.site_reports import Reported, report_site

from ..answers import pressed
from ..at_work import tell
from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from ..keys import key_ring
from . import bp
from .bodies import json_body
from .json_answers import as_json, in_words


@bp.get("/ping")
def ping() -> Response:
    """Proof that it is this server that answers: a login page of some network would say 200 as well.

    `person_id` lets a phone that is passed on keep one person's records from being sent in another's name.
    """
    response = _json({"server_time": now(), "signed_in": True, "person_id": current_person().id})
    response.headers["Cache-Control"] = "no-store"
    tell(response)
    return response


@bp.get("/field/bundle")
def field_bundle() -> Response:
    """All parts; or to `?since=<ETag of the last answer>` those that differ, and of the sites those that changed.

    The ETag names each part with a tag of its own. A phone keeps a part until it has a newer one that it can read.
    """
    require(current_person(), "field.open")
    since = request.args.get("since")
    known = _tags_of(since if since is not None else _etag_of_asker())
    parts = {name: as_json(part) for name, part in _parts().items()}
    changes = site_changes(session(), current_person(), read_mark(known.get("sites")))
    is_same = changes is None and all(known.get(name) == _tag(part) for name, part in parts.items())
    if since is None and not is_same and (changes is None or changes.removed is not None):
        changes = site_changes(session(), current_person(), None)
    tags = {name: _tag(part) for name, part in parts.items()}
    tags["sites"] = str(changes.mark) if changes else known["sites"]
    if changes:
        parts["sites"] = as_json(_site_part(changes))
    if is_same:
        return _with_tags(Response(status=304), tags)
    unlike = {name for name, tag in tags.items() if since is None or known.get(name) != tag}
    # A transaction that takes long holds the mark of the sites where it was
    sent = {name: part for name, part in parts.items() if name in unlike or name == "sites"}
    return _bundle(tags, sent)


def _parts() -> dict[str, Any]:
    parts = make_bundle(session(), current_person(), day_of(now()))
    in_their_words = {name: in_words(parts[name]) for name in ("person", "facts", "rules", "vocabulary")}
    return parts | in_their_words | {"keys": key_ring().public()}


def _site_part(changes: SiteChanges) -> dict[str, Any]:
    part = {"columns": SITE_COLUMNS, "rows": changes.rows, "count": changes.mark.sites}
    return part if changes.removed is None else part | {"removed": changes.removed}


def _bundle(tags: dict[str, str], parts: dict[str, str]) -> Response:
    about = {"made_at": now(), "server_time": now(), "person_id": current_person().id, "tags": tags}
    body = as_json(about)[:-1] + "".join(f',"{name}":{part}' for name, part in parts.items()) + "}"
    return _with_tags(pressed(body.encode(), "application/json"), tags)


def _with_tags(response: Response, tags: dict[str, str]) -> Response:
    response.set_etag(",".join(f"{name}:{tag}" for name, tag in tags.items()), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _tag(part: str) -> str:
    return hashlib.blake2b(part.encode(), digest_size=6).hexdigest()


def _tags_of(etag: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in etag.split(",") if ":" in pair)


def _etag_of_asker() -> str:
    return next(iter(request.if_none_match.as_set(include_weak=True)), "")


@bp.get("/field/checklists/<code>/<int:version>")
def checklist_version(code: str, version: int) -> Response:
    require(current_person(), "field.open")
    return _json(read_list(session(), current_person(), code, version))


@bp.post("/field/sites")
def new_site() -> Response:
    require(current_person(), "site.create")
    outcome = report_site(session(), current_person(), json_body(current_app.config["MAX_RECORD_BYTES"]))
    if isinstance(outcome, Conflict):
        return response_to(outcome)
    return _json(_shape(outcome), 201 if outcome.is_new else 200)


def _shape(reported: Reported) -> dict[str, Any]:
    site = reported.site
    names = ("id", "kind", "category", "state", "name", "address", "township_id", "person_in_charge")
    lon, lat = site.place or (None, None)
    return {name: getattr(site, name) for name in names} | {
        "lon": lon,
        "lat": lat,
        "outside_county": reported.outside_county,
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(as_json(value), status, mimetype="application/json")
