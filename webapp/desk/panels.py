"""A file is a panel over the map when htmx asks for it, else a page."""

from flask import request


def in_panel() -> bool:
    return request.headers.get("HX-Request") == "true"
