"""Large files in pieces, by tus 1.0, as the phone page sends them where the server offers it."""

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults.line import Answer, Line, Pause

MORE_THAN = 256 * 1024
VERSION = {"Tus-Resumable": "1.0.0"}
HERE = "/api/v1/files"
DONE = {"stored", "damaged", "refused"}


class TookBack(AssertionError):
    """The server no longer has bytes that it had acknowledged."""


@dataclass
class Tus:
    """`piece` bytes a request. `addresses` and `acknowledged` are kept on the phone, by hash."""

    piece: int = 128 * 1024
    addresses: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    resumed: int = 0
    in_order: bool = True

    def send(self, line: Line, content: bytes, sha256: str) -> bool:
        """True when the server has it all; False when it read other bytes than we hold. Raises `Pause`."""
        offset = self.offset(line, sha256) if sha256 in self.addresses else None
        if offset is None:
            offset = self.create(line, sha256, len(content))
        while offset < len(content):
            end = offset + self.piece
            answer = self.patch(line, sha256, offset, content[offset:end], is_last=end >= len(content))
            if answer.status == 422:
                self._forget(sha256)
                return False
            if answer.status == 409:
                offset = self.offset(line, sha256) or 0
                continue
            offset = int(answer.headers["Upload-Offset"])
            self.acknowledged[sha256] = offset
        self._forget(sha256)
        return True

    def create(self, line: Line, sha256: str, length: int) -> int:
        metadata = f"sha256 {encoded(sha256)},type {encoded('image/jpeg')}"
        headers = VERSION | {"Upload-Length": str(length), "Upload-Metadata": metadata}
        answer = line.ask(
            "POST", HERE, b"", headers, what="upload", about=sha256, proves=lambda a: a.status == 201 and is_tus(a)
        )
        self.addresses[sha256] = urlsplit(answer.headers["Location"]).path
        self.acknowledged[sha256] = int(answer.headers.get("Upload-Offset", 0))
        return self.acknowledged[sha256]

    def offset(self, line: Line, sha256: str) -> int | None:
        """What the server holds of it; None where it has forgotten the upload, which must then begin anew."""
        answer = line.ask(
            "HEAD", self.addresses[sha256], b"", VERSION, what="offset", about=sha256, bare=True,
            proves=lambda a: a.status in {200, 204} and is_tus(a),
        )  # fmt: skip
        if answer.status in {404, 410} and is_tus(answer):
            self._forget(sha256)
            return None
        if answer.status >= 300 or not is_tus(answer):
            raise Pause("busy" if answer.status >= 500 else "captive", answer.retry_after_s)
        offset = int(answer.headers["Upload-Offset"])
        if offset < self.acknowledged.get(sha256, 0):
            raise TookBack(f"{sha256}: {self.acknowledged[sha256]} bytes were acknowledged, {offset} are there")
        self.resumed += 1
        return offset

    def patch(self, line: Line, sha256: str, offset: int, piece: bytes, *, is_last: bool = False) -> Answer:
        headers = VERSION | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        what = "file" if is_last else "piece"
        answer = line.ask(
            "PATCH", self.addresses[sha256], piece, headers, what=what, about=sha256, bare=True,
            proves=lambda a: a.status == 204 and is_tus(a),
        )  # fmt: skip
        if answer.status in {404, 410} and is_tus(answer):
            self._forget(sha256)
        if answer.status not in {204, 409, 422} or not is_tus(answer):
            raise Pause("busy" if answer.status >= 500 else "captive", answer.retry_after_s)
        return answer

    def _forget(self, sha256: str) -> None:
        self.addresses.pop(sha256, None)
        self.acknowledged.pop(sha256, None)


def is_tus(answer: Answer) -> bool:
    return answer.headers.get("X-Mingcha") == "1"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def offered(line: Line) -> bool:
    """Whether the server says that it takes files in pieces."""
    answer = line.ask("OPTIONS", HERE, b"", what="options", bare=True, proves=lambda a: a.status == 204)
    return answer.status == 204 and "1.0.0" in answer.headers.get("Tus-Version", "")
