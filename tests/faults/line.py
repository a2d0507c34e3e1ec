"""One request of a phone, over whatever network it has, and how its answer is to be taken."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.history import History, Operation, Outcome


class Pause(Exception):
    """The whole queue has to wait: offline, captive, busy, full, signed_out, forbidden."""

    def __init__(self, reason: str, retry_after_s: float = 0) -> None:
        super().__init__(reason)
        self.reason, self.retry_after_s = reason, retry_after_s


class Unacceptable(Exception):
    """This one record can't be taken: it is refused, or another has its id."""

    def __init__(self, state: str, body: dict[str, Any]) -> None:
        super().__init__(f"{state}: {body}")
        self.state = state


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any] | None:
        try:
            body = json.loads(self.content)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    @property
    def retry_after_s(self) -> float:
        asked = self.headers.get("Retry-After", "")
        return float(asked) if asked.isdigit() else 0.0


PAUSES = {401: "signed_out", 403: "forbidden", 408: "busy", 425: "busy", 429: "busy", 507: "full"}
Proves = Callable[[Answer], bool]


@dataclass
class Line:
    """`port` may be changed between requests. Every request has a connection of its own, and is written down."""

    phone: str
    port: int
    history: History
    answer_s: float = 8.0
    cookie: str = ""
    slowest_bytes_per_s: int = 2000
    last: Answer | None = field(default=None, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        what: str,
        about: str = "",
        proves: Proves = lambda answer: answer.status < 300 and answer.body is not None,
        bare: bool = False,
    ) -> Answer:
        """The answer, if `proves` holds of it or (`bare`) whatever it is; else `Pause` or `Unacceptable`.

        A success without proof is a `Pause`, as a login page is. Of the answers that say no, 422 alone is given
        back.
        """
        began = time.monotonic()
        try:
            answer = self._exchange(method, path, body, headers or {})
        except (OSError, http.client.HTTPException) as error:
            self._note(what, about, began, "unknown", note=type(error).__name__)
            raise Pause("offline") from error
        self.last = answer
        proven = proves(answer)
        refused = 400 <= answer.status < 500 and answer.body is not None
        outcome: Outcome = "ok" if proven else "fail" if refused else "unknown"
        self._note(what, about, began, outcome, answer, note=(answer.body or {}).get("error", ""))
        if proven or bare or (answer.status == 422 and answer.body):
            return answer
        raise fault(answer)

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        patience = self.answer_s + len(body) / self.slowest_bytes_per_s
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            all_headers = {
                "Cookie": self.cookie,
                "Connection": "close",
                "Sec-Fetch-Site": "same-origin",
                **headers,
            }
            try:
                connection.request(method, path, body, all_headers)
            except (BrokenPipeError, ConnectionResetError):
                if connection.sock is None:
                    raise
                # else: a browser, too, reads what was answered before the body was all sent
            with connection.getresponse() as answer:  # it holds the socket where reading it fails
                cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", []))
                headers = dict(answer.getheaders()) | ({"Set-Cookie": cookies} if cookies else {})
                return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def _note(
        self,
        what: str,
        about: str,
        began: float,
        outcome: Outcome,
        answer: Answer | None = None,
        note: str = "",
    ) -> None:
        status, wait = (answer.status, answer.retry_after_s) if answer else (0, 0.0)
        ended = time.monotonic()
        self.history.add(Operation(self.phone, what, about, began, ended, outcome, status, wait, note))


def fault(answer: Answer) -> Exception:
    """What static/field/models/delivery.js makes of an answer that is no proof."""
    body = answer.body
    if not body or not isinstance(body.get("error"), str) or not isinstance(body.get("message"), str):
        return Pause("busy" if answer.status >= 500 else "captive", answer.retry_after_s)
    if reason := PAUSES.get(answer.status) or ("busy" if answer.status >= 500 else ""):
        return Pause(reason, answer.retry_after_s)
    return Unacceptable("conflict" if answer.status == 409 else "refused", body)
