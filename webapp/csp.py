"""Headers that tell the browser what a page may do."""

import secrets

from flask import Flask, Response, g

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "style-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
    "worker-src": "'self'",
}


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"csp_nonce": nonce()})
    app.after_request(_protect)


def nonce() -> str:
    """This request's own nonce, for the one inline script a page can't do without (its import map)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def _protect(response: Response) -> Response:
    headers = response.headers
    # What a 304 says replaces what the browser keeps: the page keeps the policy that it came with
    if "Content-Security-Policy" not in headers and response.status_code != 304:
        script = f"'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
        policy = POLICY | {"script-src": script} | _tile_hosts()
        headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)")
    return response


def _tile_hosts() -> dict[str, str]:
    hosts = g.get("tile_hosts")
    return {"img-src": f"{POLICY['img-src']} {' '.join(hosts)}"} if hosts else {}
