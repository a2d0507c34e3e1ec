"""The hotline: a call is typed while somebody talks, and its receipt code read out at the end. At `/hotline`.

An operator's role opens this and nothing else of the desk (decision 0167).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.days import day_of
from inspections.db import new_id
from inspections.errors import Invalid, TooLarge, say
from inspections.incoming import clean, parse_json
from inspections.intake import calls, letters
from inspections.intake import taking_mail as mails
from inspections.intake.mail import MOST_BYTES as MOST_MAIL_BYTES
from inspections.intake.mail import read_mail
from inspections.intake.taking import ABOUT_M, TakenTip, take_tip
from inspections.intake.taking_mail import find_taken
from inspections.intake.tips import TipChannel
from inspections.registry import map_layers
from inspections.registry.sites import CATEGORIES, SiteKind

from . import tile_sources
from .answers import no_store
from .auth import current_person, now, require_verb
from .db import session
from .desk.map_page import NOWHERE
from .desk.sites import again_when_invalid
from .desk.words import KINDS, day, moment, option, word
from .errors import status_of, wants_json
from .i18n import translated
from .keys import key_ring

MOST_BYTES = 100_000

bp = Blueprint("hotline", __name__, url_prefix="/hotline")
bp.before_request(require_verb("tip.take"))


@bp.get("")
def screen() -> Response:
    return no_store(_screen())


def _screen(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    box = map_layers.county_box(session(), person)
    return render_template(
        "hotline/screen.html",
        given=given or {},
        wrong=wrong or {},
        said=said,
        call_id=(given or {}).get("id") or new_id(),
        categories=[("", _("还不清楚")), *map(option, CATEGORIES[SiteKind.SUSPECTED])],
        calls=calls.own_calls(session(), person, day_of(now())),
        settings={
            "person": str(person.id),
            "box": list(box.as_tuple() if box else NOWHERE),
            "aboutM": ABOUT_M,
            "sources": tile_sources.offer(),
            "urls": {
                "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
                "areas": "/api/v1/areas/",
                "grid": "",
                "take": url_for("hotline.take"),
                "hints": url_for("hotline.hints"),
                "schools": url_for("hotline.schools"),
                "calls": url_for("hotline.screen"),
            },
        },
    )


@bp.post("/calls")
def take() -> Response:
    """From a script as JSON, and from a browser without scripts as a form."""
    form = _given()
    try:
        taken = take_tip(session(), current_person(), key_ring(), form, now(), TipChannel.HOTLINE)
    except Invalid as error:
        if wants_json():
            raise
        session().rollback()
        wrong = {name: translated(message) for name, message in error.fields.items()}
        said = "" if wrong else translated(error.message)
        return no_store(make_response(_screen(form, wrong, said), status_of(error)))
    if wants_json():
        return no_store(make_response(jsonify(_receipt(taken)), 201 if taken.is_new else 200))
    return redirect(url_for("hotline.call", tip_id=taken.tip.id), 303)


@bp.get("/calls/<uuid:tip_id>")
def call(tip_id: UUID) -> Response:
    taken = calls.own_call(session(), current_person(), key_ring(), tip_id)
    return no_store(render_template("hotline/call.html", taken=taken, tip=taken.tip))


@bp.post("/hints")
def hints() -> Response:
    found = calls.hints(session(), current_person(), _given(), now())
    return no_store(
        make_response(
            jsonify(
                hints=[
                    {
                        "code": each.code,
                        "state": word(each.state),
                        "kind": KINDS[type(each.state)].get(each.state, "unknown"),
                        "text": each.text,
                        "place": each.place or "",
                        "day": day(each.received_at),
                        "likely": each.is_likely,
                        "reasons": [translated(reason.text) for reason in each.reasons],
                    }
                    for each in found
                ]
            )
        )
    )


@bp.get("/schools")
def schools() -> dict[str, Any]:
    found = calls.find_schools(session(), current_person(), request.args.get("q", ""))
    return {"schools": [{**each._asdict(), "id": str(each.id)} for each in found]}


def _given() -> Mapping[str, Any]:
    request.max_content_length = MOST_BYTES
    if not request.is_json:
        return request.form
    form, _unclean = clean(parse_json(request.get_data()))
    return form


def _receipt(taken: TakenTip) -> dict[str, Any]:
    tip = taken.tip
    return {
        "id": str(tip.id),
        "code": tip.code,
        "receipt_code": taken.receipt_code,
        "pseudonym": taken.complainant.shown if taken.complainant else None,
        "at": moment(tip.received_at),
        "text": tip.text,
    }


@bp.get("/mail")
def mail_page() -> Response:
    settings = {"read": url_for("hotline.look_at_mail"), "take": url_for("hotline.take_mail")}
    return no_store(render_template("hotline/mail.html", settings=settings, most_mb=MOST_MAIL_BYTES // 1_000_000))


@bp.post("/mail/read")
def look_at_mail() -> Response:
    """What a mail holds, to be looked at; nothing is stored."""
    mail = read_mail(_mail())
    known = find_taken(session(), current_person(), mail)
    return no_store(
        make_response(
            jsonify(
                id=str(mail.id),
                subject=mail.subject,
                text=mail.text,
                sent_at=moment(mail.sent_at),
                sender={"name": mail.sender_name, "contact": mail.sender_address, "phone": mail.sender_phone},
                files=[{"name": each.name, "size": len(each.content)} for each in mail.files],
                notes=[translated(note) for note in mail.notes],
                known=known.code if known else None,
            )
        )
    )


@bp.post("/mail/take")
def take_mail() -> Response:
    content = _mail()
    store = current_app.extensions["store"]
    taken = mails.take_mail(session(), store, current_person(), key_ring(), content, request.form, now())
    refused = [translated(each) for each in taken.refused]
    answer = jsonify(code=taken.tip.code, receipt_code=taken.receipt_code, refused=refused)
    return no_store(make_response(answer, 201 if taken.is_new else 200))


def _mail() -> bytes:
    request.max_content_length = MOST_MAIL_BYTES + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("邮件超过 {n} MB", n=MOST_MAIL_BYTES // 1_000_000))
    file = request.files.get("file")
    if file is None:
        raise Invalid({"file": say("请先选择文件")})
    with file.stream as stream:
        return stream.read()


def _letter_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    return render_template(
        "hotline/letter.html",
        given=given or {},
        wrong=wrong or {},
        said=said,
        letter_id=(given or {}).get("id") or new_id(),
        channels=[option(each) for each in letters.CHANNELS],
        categories=[("", _("还不清楚")), *map(option, CATEGORIES[SiteKind.SUSPECTED])],
    )


@bp.get("/letters")
def letter_page() -> Response:
    return no_store(_letter_page())


@bp.post("/letters")
@again_when_invalid(_letter_page)
def take_letter() -> Response:
    request.max_content_length = MOST_BYTES
    taken = letters.take_letter(session(), current_person(), key_ring(), request.form, now())
    flash(_("已登记，线索编号 %(code)s", code=taken.tip.code), "ok")
    return redirect(url_for("hotline.call", tip_id=taken.tip.id), 303)
