"""Refuses requests that another site makes in a person's name.

No token that can go stale on an offline phone: the browser itself says where an unsafe request came from, in
`Sec-Fetch-Site`, or in `Origin` where it is older (OWASP CSRF cheat sheet, fetch metadata). A request that says
neither is refused, since every browser that keeps our cookie sends one of them.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from inspections.errors import Forbidden, say

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    app.before_request(_refuse_other_sites)


def proves_itself(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view whose address nobody else knows. No cookie speaks for who asks, so no other site can use it; and
    pages that don't say where they were opened from send no `Origin` that could be compared.
    """
    view.proves_itself = True  # type: ignore[attr-defined]
    return view


def _refuse_other_sites() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in SAFE_METHODS and not getattr(view, "proves_itself", False) and not _is_ours():
        raise Forbidden(say("这个请求不是从本系统页面发出的，已拒绝。请打开本系统页面后重试"))


def _is_ours() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host
