"""Who is asking. A cookie holds a random token; the sign-in it stands for can be ended at any time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import AccountDisabled, Forbidden, NotSignedIn, say
from inspections.registry import counties, people
from inspections.registry.accounts import Account, SignIn
from inspections.registry.people import Person

from .db import session
from .errors import wants_json

PUBLIC: set[str] = {"static"}


def init_app(app: Flask) -> None:
    app.before_request(_guard)
    app.context_processor(_about_person)


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that anyone may open. Every other route asks for a sign-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def cookie_name() -> str:
    # Browsers keep a __Host- cookie only over HTTPS, from the very host and for every path.
    return "__Host-mingcha" if current_app.config["SECURE_COOKIES"] else "mingcha"


def current_person() -> Person:
    if is_disabled():
        raise AccountDisabled
    if g.get("person") is None:
        raise NotSignedIn
    return g.person


def is_disabled() -> bool:
    """Whether who asks was signed in and may do nothing any more. There is no current person then."""
    return bool(g.get("is_disabled"))


def current_sign_in() -> SignIn:
    if g.get("sign_in") is None:
        raise NotSignedIn
    return g.sign_in


def require_verb(verb: str) -> Callable[[], None]:
    """A blueprint's guard: `bp.before_request(require_verb("desk.open"))`."""
    return lambda: require(current_person(), verb)


def now() -> datetime:
    return datetime.now(UTC)


def is_public(endpoint: str | None) -> bool:
    view = current_app.view_functions.get(endpoint or "")
    return endpoint in PUBLIC or bool(getattr(view, "is_public", False))


def _guard() -> Response | None:
    """Find the person on every route, insist on one where the route is not public."""
    if request.endpoint in PUBLIC:
        return None
    token = request.cookies.get(cookie_name())
    found = people.find_signed_in(session(), token, now()) if token else None
    g.sign_in, g.person = found or (None, None)
    g.is_disabled = bool(g.sign_in) and not _is_enabled(g.sign_in.account, g.person)
    g.language = g.person.language if g.person else None
    if g.is_disabled:
        g.person = None
    has_page = g.person and not request.path.startswith("/api/")
    g.county = counties.find_county(session(), g.person.county) if has_page else None
    if request.endpoint is None or is_public(request.endpoint) or _is_for_disabled(request.endpoint):
        return None
    current_person()
    must_change = current_sign_in().account.must_change_password and not current_app.config["DEMO"]
    return _only_change_password() if must_change else None


def _is_enabled(account: Account, person: Person | None) -> bool:
    return account.is_active and (person is None or person.is_active)


def _is_for_disabled(endpoint: str) -> bool:
    """Signing out; and the frame of the phone app, which names nobody: what the phone still holds is behind it."""
    return is_disabled() and (endpoint == "account.sign_out" or endpoint.startswith("field."))


def _only_change_password() -> Response | None:
    """To the password page, and nowhere else. A script is told; what it holds stays where it is."""
    if request.endpoint in {"account.password", "account.change_password", "account.sign_out"}:
        return None
    if request.method == "GET" and not wants_json():
        return redirect(url_for("account.password", next=request.full_path.rstrip("?")))
    raise Forbidden(say("请先修改初始密码（我的 → 修改密码）"))


def _about_person() -> dict[str, Any]:
    return {"person": g.get("person"), "county": g.get("county")}
