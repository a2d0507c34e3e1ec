"""Signing in and out, one's devices, password, language and theme. At `/account`."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from inspections.errors import Message
from inspections.registry import accounts
from inspections.registry.people import Role

from .auth import cookie_name, current_person, current_sign_in, now, public
from .db import session
from .demo_logins import demo_logins
from .i18n import LANGUAGES, translated

THEMES = ("light", "night", "contrast")
TYPE_SIZES = ("normal", "large")

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/sign-in")
@public
def sign_in() -> str:
    return render_template("account/sign_in.html", demo_logins=demo_logins(), next=_next())


@bp.post("/sign-in")
@public
def begin_sign_in() -> BaseResponse:
    form = request.form
    device = request.user_agent.string
    result = accounts.begin_sign_in(session(), form.get("login", ""), form.get("password", ""), device, now())
    if isinstance(result, Message):
        page = render_template(
            "account/sign_in.html",
            error=translated(result),
            login=form.get("login", ""),
            demo_logins=demo_logins(),
            next=_next(),
        )
        return make_response(page, 401)
    return _with_cookie(redirect(_next() or url_for("account.home")), result)


@bp.get("/home")
def home() -> BaseResponse:
    """Where a person's work is: the map for the office, the phone page for the field."""
    person = current_person()
    at_desk = person.has(Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR, Role.TOWNSHIP_ADMIN)
    return redirect("/" if at_desk else "/m")


@bp.post("/sign-out")
def sign_out() -> BaseResponse:
    accounts.end_sign_in(session(), current_sign_in().account, current_sign_in().id, now())
    response = redirect(url_for("account.sign_in"))
    response.delete_cookie(cookie_name(), secure=current_app.config["SECURE_COOKIES"])
    return response


@bp.post("/look")
def look() -> BaseResponse:
    """Keep the theme, type size and language a person chose."""
    person = current_person()
    form = request.form
    if form.get("theme") in THEMES:
        person.theme = form["theme"]
    if form.get("type") in TYPE_SIZES:
        person.type_size = form["type"]
    if (language := form.get("language", "").partition("-")[0]) in LANGUAGES:
        person.language = language
    return redirect(_next() or url_for("account.home"))


def _with_cookie(response: BaseResponse, token: str) -> BaseResponse:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=accounts.SIGN_IN_LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SECURE_COOKIES"],
    )
    return response


def _next() -> str | None:
    """Where to go afterwards: a path of this site, never another host."""
    target = request.values.get("next", "")
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and "\n" not in target else None
