"""How far a report has come, and what is added to it: by its code, which stands in no address."""

from collections.abc import Mapping

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from inspections.errors import Invalid, NotFound, TooManyRequests
from inspections.evidence.recordings import largest
from inspections.intake.following import LONGEST_ADDITION, Stage, add_words, progress_of
from inspections.intake.receipt_codes import code_of
from inspections.intake.tips import Tip
from inspections.registry.counties import County

from ...auth import now
from ...db import release, session
from ...errors import status_of
from ...i18n import translated
from ...keys import key_ring
from ...rate_limits import limited_guesses
from . import bp
from .entering import allowance, open_to_all, tip_of
from .form import LAST_WORD, limits_in_words
from .keeping import keep_files
from .letter_body import LetterBody, forget, read_letter


@bp.get("/<county_code>/status")
@open_to_all
def ask(county: County) -> str:
    return _question(county)


@bp.post("/<county_code>/status")
@limited_guesses
@open_to_all
def look_up(county: County) -> Response:
    try:
        tip = tip_of(county, request.form.get("code", ""))
    except NotFound as error:
        return make_response(_question(county, translated(error.message)), 404)
    return make_response(_page(county, tip))


@bp.post("/<county_code>/add")
@limited_guesses
@open_to_all
def add(county: County) -> Response:
    """Words and photos that come later. The words are safe before the photos are looked at."""
    try:
        body = read_letter(largest(allowance().max_photo_bytes), LAST_WORD)
    except RequestEntityTooLarge:
        return make_response(_question(county, _("写的内容太长，没有收下。请缩短后重新发送。")), 413)
    try:
        tip = tip_of(county, body.words.get("code", ""))
        return _add(county, tip, body)
    except NotFound as error:
        return make_response(_question(county, translated(error.message)), 404)
    finally:
        forget(body)


def _add(county: County, tip: Tip, body: LetterBody) -> Response:
    text = body.words.get("text", "")
    try:
        with session().begin_nested():
            if text.strip() or not body.files:
                add_words(session(), tip, text, now(), key_ring().identity)
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        return make_response(_page(county, tip, given=text, wrong=wrong), 422)
    except TooManyRequests as error:
        return make_response(_page(county, tip, given=text, said=translated(error.message)), status_of(error))
    release()
    problems = keep_files(tip, body, is_later=True)
    return make_response(_page(county, tip, problems=problems, is_added=True))


def _question(county: County, wrong: str = "") -> str:
    return render_template("portal/report/ask.html", county=county, wrong=wrong)


def _page(
    county: County,
    tip: Tip,
    given: str = "",
    wrong: Mapping[str, str] | None = None,
    said: str = "",
    problems: list[str] | None = None,
    is_added: bool = False,
) -> str:
    return render_template(
        "portal/report/status.html",
        county=county,
        code=code_of(key_ring().tip, tip) or request.form.get("code", ""),
        progress=progress_of(session(), tip),
        stages=list(Stage),
        given=given,
        wrong=wrong or {},
        said=said,
        problems=problems or [],
        is_added=is_added,
        longest=LONGEST_ADDITION,
        limits=limits_in_words(),
        files=url_for("report.begin", county_code=county.code),
        last_word=LAST_WORD,
    )
