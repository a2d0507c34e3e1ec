"""One session for a request and one commit around its view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspections.db import connect, error_from
from inspections.evidence.crash_points import crash_point

from .cross_origin import SAFE_METHODS


def init_app(app: Flask) -> None:
    """Open the pool and see to it that sessions are closed."""
    app.extensions["engine"] = connect(app.config["APP_DATABASE_URL"], pool_size=8, max_overflow=8)
    app.after_request(_before_response)
    app.teardown_appcontext(_close)


def engine() -> Engine:
    return current_app.extensions["engine"]


def session() -> Session:
    """The request's session; made when first asked for."""
    if "session" not in g:
        make = current_app.extensions.get("make_session") or (lambda: Session(engine()))
        g.session = make()
    return g.session


def release() -> None:
    """Commit what the guards wrote and give the connection back, before a body that may come slowly is read.

    Else the sign-in's own row would stay locked, and every other request of that phone wait, until it is all here.
    What was read of the person stays known.
    """
    current = session()
    current.expire_on_commit = False
    current.commit()
    current.expire_on_commit = True


def commit_around_views(app: Flask) -> None:
    """Wrap every view: a return commits, a raise rolls back.

    The commit must happen inside the view. Flask runs `after_request` outside of its error handling, so an error
    raised by a commit there would escape as a bare 500.
    """
    for name, view in app.view_functions.items():
        app.view_functions[name] = _committed(view)


def _committed(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def committed(*args: Any, **kwargs: Any) -> Any:
        try:
            response = current_app.ensure_sync(view)(*args, **kwargs)
            if "session" in g:
                _at("before_commit")
                g.session.commit()
                _at("after_commit")
        except IntegrityError as error:
            _roll_back()
            raise error_from(error) from error
        except BaseException:
            _roll_back()
            raise
        return response

    return committed


def _at(point: str) -> None:
    """A fault test counts the requests that may change something, and no others."""
    if request.method not in SAFE_METHODS:
        crash_point(point)


def _before_response(response: Response) -> Response:
    _at("before_response")
    return response


def _roll_back() -> None:
    if "session" in g:
        g.session.rollback()


def _close(_: BaseException | None) -> None:
    if "session" in g:
        g.pop("session").close()
