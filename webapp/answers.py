"""Answers that a browser may keep: with an ETag, a short life, and pressed where that is worth it."""

import gzip
import hashlib

from flask import Response, make_response, request

WORTH_PRESSING = 500  # bytes
FASTEST = 1  # of gzip's levels: tiles are pressed once for each reader


def cacheable(body: bytes, media_type: str, *, seconds: int) -> Response:
    """The body, or 304 to who has it. It depends on who asks, so it is `private`; it is fresh for `seconds`."""
    response = pressed(body, media_type)
    response.headers["Cache-Control"] = f"private, max-age={seconds}"
    response.vary.add("Cookie")
    return response


def no_store(answer: str | Response) -> Response:
    """An answer that neither a browser nor anything between may keep."""
    response = make_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def pressed(body: bytes, media_type: str, tag: str | None = None) -> Response:
    """The body with an ETag, or 304 to who has it; gzipped for who takes that. It says nothing of freshness."""
    response = Response(body, mimetype=media_type)
    response.set_etag(tag or hashlib.blake2b(body, digest_size=12).hexdigest(), weak=True)
    response.vary.add("Accept-Encoding")
    if len(body) >= WORTH_PRESSING and "gzip" in request.accept_encodings:
        response.set_data(gzip.compress(body, FASTEST, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response
