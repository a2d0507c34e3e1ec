"""The letter: three questions, a receipt. The words are in the database before a single photo is looked at."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from inspections.db import new_id
from inspections.errors import Conflict, Invalid, TooManyRequests, say
from inspections.evidence.recordings import largest
from inspections.intake.public_form import OFFERED, Standing, form_id_of, read_form, read_sender, take_public_tip
from inspections.intake.receiving import ReceivedTip
from inspections.intake.retention import days_kept
from inspections.registry.counties import County, list_reporting
from inspections.registry.time_bands import TimeBand

from ... import tile_sources
from ...auth import now, public
from ...cross_origin import proves_itself
from ...db import release, session
from ...desk.words import option
from ...errors import answer, status_of, wants_json
from ...i18n import LANGUAGES, translated
from ...keys import key_ring
from ...rate_limits import limited_requests
from ...sender_counts import count, counted
from . import bp
from .entering import allowance, open_to_all, sluice
from .keeping import keep_files
from .letter_body import LetterBody, forget, read_letter
from .proof_of_work import challenge_for, is_proven

LAST_WORD = "ends"  # the hidden field between the words and the files
SENT = "tips"
MB = 1_000_000
YEAR_S = 365 * 24 * 3600


@bp.get("", strict_slashes=False)
@public
@limited_requests
def counties() -> Response:
    """The counties of the installation; where there is one, its form."""
    found = list_reporting(session())
    if len(found) == 1:
        return redirect(url_for("report.letter", county_code=found[0].code))
    return make_response(render_template("portal/report/counties.html", counties=found))


@bp.post("/look")
@public
@proves_itself
@limited_requests
def look() -> Response:
    """The language in which these pages are read; theme and size of type are kept by the browser itself."""
    goes_to = request.form.get("next", "")
    is_ours = goes_to.startswith(("/report", "/public")) and not urlsplit(goes_to).netloc
    response = redirect(goes_to if is_ours else url_for("report.counties"), 303)
    if (language := request.form.get("language", "").partition("-")[0]) in LANGUAGES:
        secure = current_app.config["SECURE_COOKIES"]
        response.set_cookie("language", language, max_age=YEAR_S, httponly=True, samesite="Lax", secure=secure)
    return response


@bp.get("/<county_code>")
@open_to_all
def letter(county: County) -> str:
    return page(county)


@bp.get("/<county_code>/challenge")
@open_to_all
def challenge(county: County) -> Response:
    """Work for the phone to do for one form, while its owner writes."""
    form_id = form_id_of(request.args.get("form", ""))
    if form_id is None:
        raise Invalid({"form": say("表单的编号不对，请刷新页面后重新填写")})
    return jsonify(challenge_for(county.code, form_id, now()))


@bp.post("/<county_code>")
@open_to_all
def send(county: County) -> Response:
    try:
        body = read_letter(largest(allowance().max_photo_bytes), LAST_WORD)
    except RequestEntityTooLarge:
        said = _("写的内容太长，没有收下。请缩短后重新发送；您也可以分成两次发。")
        return make_response(page(county, said=said), 413)
    try:
        return _take(county, body)
    finally:
        forget(body)


def _take(county: County, body: LetterBody) -> Response:
    words = body.words
    try:
        with session().begin_nested():
            received = _receive(county, words, words.getlist("band"))
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        return _refused(county, error, words, wrong, words)
    except Conflict as error:
        # Another letter under the number of one that was sent: after Back, say. It gets a number of its own.
        return _refused(county, error, {**words.to_dict(), "form_id": str(new_id())}, {}, words)
    except TooManyRequests as error:
        return _refused(county, error, words, {}, words)
    if received.is_new:
        count(SENT)
    release()  # from here on the words are safe, whatever becomes of the files
    kept = keep_files(received.tip, body, is_later=False)
    return _receipt(county, received, kept, body.is_cut)


def _receive(county: County, words: Mapping[str, str], bands: list[str]) -> ReceivedTip:
    given, sender = read_form(words, bands), read_sender(words)
    proven = is_proven(county.code, given.id, words.get("altcha", ""))
    standing = Standing(proven, counted(SENT))
    return take_public_tip(session(), county.code, given, now(), key_ring(), standing, sluice(), sender)


def _receipt(county: County, received: ReceivedTip, kept: list[str], is_cut: bool) -> Response:
    code = received.receipt_code or ""
    if wants_json():
        body = {"code": code, "is_new": received.is_new, "files": url_for("report.begin", county_code=county.code)}
        return make_response(jsonify(body), 201 if received.is_new else 200)
    page_ = render_template(
        "portal/report/receipt.html",
        county=county,
        code=code,
        is_new=received.is_new,
        problems=kept,
        is_cut=is_cut,
        limits=limits_in_words(),
    )
    return make_response(page_, 201 if received.is_new else 200)


def _refused(
    county: County, error: Any, words: Mapping[str, str], wrong: Mapping[str, str], bands: Any
) -> Response:
    """What is wrong, with all that was typed; photos have to be chosen again, which the page says."""
    if wants_json():
        return answer(status_of(error), type(error).__name__, error.message, dict(wrong))
    said = "" if wrong and "id" not in wrong else translated(error.message)
    ticked = bands.getlist("band") if bands else []
    response = make_response(page(county, given=words, wrong=wrong, said=said, bands=ticked), status_of(error))
    if wait_s := getattr(error, "retry_after_s", None):
        response.headers["Retry-After"] = str(wait_s)
    return response


def page(
    county: County,
    given: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    said: str = "",
    bands: list[str] | None = None,
) -> str:
    given = given or {}
    form_id = form_id_of(given.get("form_id", "")) or new_id()
    return render_template(
        "portal/report/letter.html",
        county=county,
        form_id=form_id,
        given=given,
        wrong=wrong or {},
        said=said,
        ticked=bands or [],
        bands=[option(each) for each in TimeBand],
        categories=[option(each) for each in OFFERED],
        limits=limits_in_words(),
        last_word=LAST_WORD,
        kept_days=days_kept(session(), county.code),
        map_settings=_map_settings(county, form_id),
    )


def _map_settings(county: County, form_id: UUID) -> dict[str, Any]:
    land = url_for("report.land", county_code=county.code, z=0, x=0, y=0)
    areas = url_for("report.outlines", county_code=county.code, level="county")
    return {
        "sources": tile_sources.offer(),
        "urls": {
            "areas": areas.removesuffix("county.geojson"),
            "land": land.replace("0/0/0", "{z}/{x}/{y}"),
        },
        "schools": url_for("report.schools", county_code=county.code),
    }


def limits_in_words() -> dict[str, int]:
    limits = allowance()
    return {
        "photo": limits.max_photo_bytes // MB,
        "film": largest(limits.max_photo_bytes) // MB,
        "document": largest(limits.max_photo_bytes) // MB,
        "files": limits.files,
        "total": limits.total_bytes // MB,
    }
