"""Signing in and out, one's devices, password, language and theme. At `/account`."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from geo.times import local
from inspections.access import HEADS
from inspections.errors import Invalid, Message, say
from inspections.registry import accounts
from inspections.registry.people import Role

from .at_work import forget, tell
from .auth import cookie_name, current_person, current_sign_in, now, public
from .db import session
from .demo_logins import demo_logins
from .i18n import LANGUAGES, translated
from .rate_limits import limited_attempts

THEMES = ("light", "night", "contrast")
TYPE_SIZES = ("normal", "large")
LANGUAGE_LIFETIME = timedelta(days=365)
# The first mark that is found counts: most browsers also name those they descend from.
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("MicroMessenger", say("微信")),
    ("DingTalk", say("钉钉")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/sign-in")
@public
def sign_in() -> BaseResponse:
    if (language := request.args.get("language")) in LANGUAGES:
        return _with_language(redirect(url_for("account.sign_in", next=_next())), language)
    return make_response(render_template("account/sign_in.html", demo_logins=demo_logins(), next=_next()))


@bp.post("/sign-in")
@public
@limited_attempts
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
    return forget(_with_cookie(redirect(_next() or url_for("account.home")), result))


@bp.get("/home")
def home() -> BaseResponse:
    """Where a person's work is: figures to who leads, the map to the office, letters to a head, the phone page."""
    person = current_person()
    if person.has(Role.SUPERIOR):
        return redirect("/level")
    if person.roles and person.roles <= HEADS:
        return redirect(url_for("portal.home"))
    if person.has(Role.DIRECTOR):
        return redirect(url_for("desk.dashboard"))
    if person.roles == {Role.OPERATOR}:
        return redirect(url_for("hotline.screen"))
    if person.roles == {Role.TOWNSHIP_ADMIN}:
        return redirect(url_for("desk.township"))
    at_desk = person.has(Role.DISPATCHER, Role.DIRECTOR, Role.AUDITOR, Role.TOWNSHIP_ADMIN, Role.LEGAL_REVIEWER)
    return redirect("/" if at_desk else "/m")


@bp.post("/sign-out")
def sign_out() -> BaseResponse:
    accounts.end_sign_in(session(), current_sign_in().account, current_sign_in().id, now())
    response = redirect(url_for("account.sign_in"))
    response.delete_cookie(cookie_name(), secure=current_app.config["SECURE_COOKIES"])
    return forget(response)


@bp.get("/password")
def password() -> str:
    """The password and the devices it opens. Where a new password is due, this page alone is open."""
    return _password_page()


@bp.post("/password")
def change_password() -> BaseResponse:
    form, sign_in = request.form, current_sign_in()
    new = form.get("new", "")
    try:
        if new != form.get("again", ""):
            raise Invalid({"again": say("两次输入的新密码不一样")})
        accounts.change_password(session(), sign_in.account, form.get("old", ""), new, sign_in, now())
    except Invalid as error:
        fields = {name: translated(text) for name, text in error.fields.items()}
        return make_response(_password_page(errors=fields), 422)
    return redirect(url_for("account.password", changed=1, next=_next()))


@bp.post("/devices/<uuid:sign_in_id>/end")
def end_device(sign_in_id: UUID) -> BaseResponse:
    """Sign one device out. Ending the own one is signing out."""
    if sign_in_id == current_sign_in().id:
        return sign_out()
    accounts.end_sign_in(session(), current_sign_in().account, sign_in_id, now())
    return redirect(url_for("account.password", next=_next()))


@bp.post("/look")
def look() -> BaseResponse:
    """Keep the theme, type size and language a person chose."""
    person = current_person()
    form = request.form
    if form.get("theme") in THEMES:
        person.theme = form["theme"]
    if form.get("type") in TYPE_SIZES:
        person.type_size = form["type"]
    response = redirect(_next() or url_for("account.home"))
    if (language := form.get("language", "").partition("-")[0]) in LANGUAGES:
        person.language = language
        tell(_with_language(response, language))
    return response


def _password_page(errors: dict[str, str] | None = None) -> str:
    sign_in = current_sign_in()
    return render_template(
        "account/password.html",
        account=sign_in.account,
        here=sign_in,
        devices=[
            (device, device_name(device.device), local(device.seen_at))
            for device in accounts.list_sign_ins(session(), sign_in.account, now())
        ],
        least=accounts.MIN_PASSWORD_LENGTH,
        errors=errors or {},
        changed="changed" in request.args,
        next=_next() or url_for("account.home"),
    )


def device_name(user_agent: str) -> str:
    """What a person calls the device: its system and browser, from what the browser says of itself."""
    system = next((name for mark, name in SYSTEMS if mark in user_agent), gettext("其他设备"))
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    return f"{system} · {translated(browser)}" if browser else system


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


def _with_language(response: BaseResponse, language: str) -> BaseResponse:
    """Remember it on the device too, for the pages before signing in."""
    secure = current_app.config["SECURE_COOKIES"]
    response.set_cookie(
        "language", language, max_age=LANGUAGE_LIFETIME, httponly=True, samesite="Lax", secure=secure
    )
    return response


def _next() -> str | None:
    """Where to go afterwards: a path of this site, never another host."""
    target = request.values.get("next", "")
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and "\n" not in target else None
