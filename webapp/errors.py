"""Domain errors as HTTP: one table of statuses, one page and one JSON shape."""

from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from geo.errors import GeoError
from inspections import errors
from inspections.db import DatabaseGone
from inspections.errors import InspectionError, Message, say
from inspections.evidence.uploads import ChecksumMismatch
from inspections.refused_places import why

from .i18n import translated

STATUS: dict[type[InspectionError], int] = {
    errors.NotSignedIn: 401,
    errors.AccountDisabled: 403,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    ChecksumMismatch: 460,  # of tus
    errors.StorageFailed: 503,
    errors.StorageFull: 507,
    InspectionError: 400,
}

DISK_FULL = "53100"  # of PostgreSQL

HTTP_MESSAGES: dict[int, Message] = {
    400: say("请求的格式不对，请刷新页面后重试"),
    404: say("没有这个页面，请检查地址或回到首页"),
    405: say("这个地址不支持这样的操作"),
    408: say("内容没有收全，没有保存；手机会自动重新发送"),
    411: say("没有说明内容的长度，服务器没有接收，请刷新页面后重新发送"),
    413: say("内容太大，服务器没有接收"),
    415: say("不支持这种文件"),
    429: say("操作太频繁，请稍后再试"),
    500: say("系统出错了，已记录。刚才的操作没有保存，请重试；仍不行请联系管理员"),
    503: say("数据库暂时连不上，手机上的内容都还在，请稍后重试"),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(InspectionError, response_to)
    app.register_error_handler(GeoError, lambda error: response_to(errors.Invalid(message=why(error))))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DatabaseGone, _database_gone)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: InspectionError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def response_to(error: InspectionError) -> Response:
    """The answer to a refusal; a view returns it itself where what led to it must be committed."""
    if isinstance(error, errors.NotSignedIn) and not wants_json():
        return make_response(redirect(url_for("account.sign_in", next=request.full_path.rstrip("?"))))
    response = answer(status_of(error), type(error).__name__, error.message, _fields(error))
    if wait_s := getattr(error, "retry_after_s", None):
        response.headers["Retry-After"] = str(wait_s)
    return response


def in_json(error: InspectionError) -> dict[str, Any]:
    """A refusal as part of a larger answer."""
    return {
        "error": type(error).__name__,
        "message": translated(error.message),
        "fields": _fields(error),
    }


def _fields(error: InspectionError) -> dict[str, str]:
    return {name: translated(text) for name, text in getattr(error, "fields", {}).items()}


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:
        return make_response(error.get_response())
    message = HTTP_MESSAGES.get(status, HTTP_MESSAGES[400 if status < 500 else 500])
    return answer(status, error.name.replace(" ", ""), message, {})


def _database_gone(error: DatabaseGone) -> Response:
    current_app.logger.error("database: %s", type(error.orig).__name__)
    if getattr(error.orig, "sqlstate", None) == DISK_FULL:
        return response_to(errors.StorageFull())
    g.person = g.county = None  # who it was stands in a row that can't be read any more
    response = answer(503, "DatabaseGone", HTTP_MESSAGES[503], {})
    response.headers["Retry-After"] = "5"
    return response


def _unexpected(error: Exception) -> Response:
    current_app.logger.exception("unexpected error in %s", request.endpoint)
    if current_app.testing:
        raise error
    return answer(500, "ServerError", HTTP_MESSAGES[500], {})


def answer(status: int, name: str, message: Message, fields: dict[str, str]) -> Response:
    """The error in the form the client asked for: JSON for scripts, a page for people."""
    if wants_json():
        body: dict[str, Any] = {"error": name, "message": translated(message), "fields": fields}
        return make_response(jsonify(body), status)
    page = render_template("errors/error.html", status=status, message=translated(message), fields=fields)
    return make_response(page, status)


def wants_json() -> bool:
    by_script = request.path.startswith("/api/") or "Tus-Resumable" in request.headers
    return by_script or request.accept_mimetypes.best == "application/json"
