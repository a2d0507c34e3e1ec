"""A phone in Python that keeps the rules of static/field/models.

It is the author, sends records first and then what is missing, believes nothing but a valid receipt, waits longer
each time, and forgets nothing.
"""

import hashlib
import json
import random
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from inspections.db import new_id
from tests.faults.history import History
from tests.faults.line import Answer, Line, Pause, Unacceptable
from tests.faults.tus import MORE_THAN, Tus

SAME_HASH_TRIES = 3
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Pace:
    """The waits of static/field/models/backoff.js, with less patience. What a server asks for is kept."""

    first_s: float = 0.1
    longest_s: float = 2.0

    def wait_s(self, failures: int, chance: float) -> float:
        longest = min(self.longest_s, self.first_s * 2 ** min(failures - 1, 20))
        return longest * (0.5 + chance / 2)


@dataclass
class Photo:
    id: str
    content: bytes
    sha256: str
    tries: int = 0


@dataclass
class Record:
    """What the outbox holds of a check; `content` is made once and sent as it is for ever after."""

    id: str
    content: bytes
    sha256: str
    photos: list[Photo]
    state: str = "waiting"
    receipt: dict[str, Any] | None = None
    problem: str = ""

    @property
    def is_unsent(self) -> bool:
        return self.state != "received"

    @property
    def is_stuck(self) -> bool:
        return self.state in {"refused", "conflict"} or bool(self.problem)


@dataclass
class Told:
    """What the outbox holds of a walk or a tip: it has no files, and one answer is all."""

    kind: str  # "visit" or "tip"
    id: str
    content: bytes
    sha256: str
    receipt: dict[str, Any] | None = None
    problem: str = ""

    @property
    def is_unsent(self) -> bool:
        return self.receipt is None


@dataclass
class Phone:
    """`files_first` sends photos before their record; `wholes` is the share of records that are first tried with
    their photos in one body. `outbox` is the flash memory: it outlives every `run`.
    """

    name: str
    line: Line
    rng: random.Random
    pace: Pace = field(default_factory=Pace)
    clock_is_off_by: timedelta = timedelta()
    files_first: bool = False
    wholes: float = 0
    outbox: list[Record] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    cell_id: str = ""
    pauses: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    clock_offset_ms: int | None = None
    tus: Tus | None = None
    not_before: float = 0  # by the monotonic clock: what the server asked for

    @property
    def history(self) -> History:
        return self.line.history

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.clock_is_off_by

    def finish_check(self, site_id: str, photos: list[bytes], **values: Any) -> Record:
        """Freeze a check into the outbox; the first photo proves what is wrong with one item."""
        self.sequence += 1
        kept = [Photo(str(new_id()), each, sha256_of(each)) for each in photos]
        tree = self._tree(site_id, kept) | values
        content = json.dumps(tree, ensure_ascii=False).encode()
        record = Record(tree["id"], content, sha256_of(content), kept)
        self.outbox.append(record)
        return record

    def finish_walk(self, *leads: Record) -> Told:
        """Freeze a walk into the outbox: static/field/models/visit.js."""
        self.sequence += 1
        now = self.clock()
        tree = {
            "format": "mingcha-visit/1", "id": str(new_id()), "cell_id": self.cell_id, "campaign_id": None,
            "device": {"id": self.name, "sequence": self.sequence, "clock_offset_ms": self.clock_offset_ms},
            "started_at": (now - timedelta(minutes=20)).isoformat(), "finished_at": now.isoformat(),
            "outcome": "leads" if leads else "clean", "note": f"{self.name} 第 {self.sequence} 次",
            "lead_ids": [each.id for each in leads],
            "fixes": [{"at": now.isoformat(), "lon": 117.07, "lat": 28.69, "accuracy_m": 9.0, "source": "fix"}],
        }  # fmt: skip
        return self._tell("visit", tree)

    def write_tip(self) -> Told:
        """static/field/models/tip.js"""
        return self._tell("tip", {"id": str(new_id()), "text": f"{self.name} 看到三楼晚上有人补课"})

    def _tell(self, kind: str, tree: dict[str, Any]) -> Told:
        content = json.dumps(tree, ensure_ascii=False).encode()
        self.told.append(Told(kind, tree["id"], content, sha256_of(content)))
        return self.told[-1]

    def _tree(self, site_id: str, photos: list[Photo]) -> dict[str, Any]:
        now = self.clock()
        offset = self.clock_offset_ms
        wrong = {"item": "zd-02", "verdict": "not_compliant", "note": "未公示收费标准"}
        known = self.problems.get(site_id)
        said = {"finding_id": known, "outcome": "not_fixed", "note": "仍未公示"}
        advert = {
            "subject": "advert",
            "day": None,
            "about": "门口",
            "facts": {"in_public": False, "in_school": False},
        }
        return {  # the shape of makeRecord in static/field/models/record.js
            "format": "mingcha-check/1", "id": str(new_id()), "site_id": site_id, "task_id": None,
            "kind": "unannounced", "checklist": {"code": "zd-25", "version": 1},
            "device": {"id": self.name, "sequence": self.sequence, "user_agent": "py", "clock_offset_ms": offset},
            "started_at": (now - timedelta(minutes=20)).isoformat(), "finished_at": now.isoformat(),
            "fixes": [{"at": now.isoformat(), "lon": 117.07, "lat": 28.69, "accuracy_m": 9.0, "source": "fix"}],
            "answers": [{"item": "zd-01", "verdict": "compliant", "note": ""}, *([wrong] if photos else [])],
            "observations": [advert | {"id": str(new_id())}], **({"rechecks": [said]} if known else {}),
            "summary": f"{self.name} 第 {self.sequence} 次", "signature": {"refused": None},
            "files": [
                {"id": each.id, "sha256": each.sha256, "size": len(each.content), "type": "image/jpeg",
                 "purpose": "scene", "item": "zd-02", "caption": "", "taken_at": now.isoformat(), "position": n,
                 "finding_id": known}
                for n, each in enumerate(photos)
            ],
        }  # fmt: skip

    @property
    def unsent(self) -> list[Record]:
        return [each for each in self.outbox if each.is_unsent]

    def run(self, stop: threading.Event, *, until_sent: bool = False) -> None:
        """Send what there is to send, pass after pass, until told to stop (or all is with the server)."""
        failures = 0
        while not stop.wait(max(0.0, self.not_before - time.monotonic())):
            pause = self.one_pass()
            if pause is None and until_sent:
                return
            failures = failures + 1 if pause else 0
            stop.wait(self.pace.wait_s(max(failures, 1), self.rng.random()))

    def one_pass(self) -> Pause | None:
        """Why it has to wait, or None when nothing is left that could be sent."""
        waiting = [each for each in self.unsent if each.state not in {"refused", "conflict"}]
        told = [each for each in self.told if each.is_unsent and not each.problem]
        if not waiting and not told:
            return None
        try:
            self._ping()
            for record in waiting:
                self._send(record)
            for each in told:
                self._send_told(each)
        except Pause as pause:
            self.pauses.append(pause.reason)
            self.not_before = time.monotonic() + pause.retry_after_s
            return pause
        return Pause("busy") if any(each.is_unsent and not each.is_stuck for each in waiting) else None

    def _ping(self) -> None:
        began = self.clock()
        body = self.line.ask("GET", "/api/v1/ping", what="ping", proves=is_ours).body or {}
        between = began + (self.clock() - began) / 2
        offset = datetime.fromisoformat(body["server_time"]) - between
        self.clock_offset_ms = round(offset.total_seconds() * 1000)

    def _send(self, record: Record) -> None:
        try:
            self.deliver(record)
        except Unacceptable as error:
            record.state, record.problem = error.state, str(error)

    def _send_told(self, told: Told) -> None:
        path = {"visit": "/api/v1/canvass-visits", "tip": "/api/v1/field/tips"}[told.kind]
        headers = {"Content-Type": "application/json", "X-Record-Sha256": told.sha256}
        try:
            answer = self.line.ask(
                "POST", path, told.content, headers, what=told.kind, about=told.id, proves=acknowledged(told)
            )
        except Unacceptable as error:
            told.problem = str(error)
            return
        told.receipt, told.problem = (answer.body, "") if answer.status < 300 else (None, f"{answer.status}")

    def deliver(self, record: Record) -> None:
        """The record, then the files it lacks, then the receipt. Raises `Pause` or `Unacceptable`."""
        if self.files_first and record.receipt is None:
            for photo in record.photos:
                self.send_photo(record, photo)
        if record.receipt is None and self.rng.random() < self.wholes:
            self.post_whole(record)
        else:
            self.post(record)
        missing = set((record.receipt or {})["missing"])
        for photo in record.photos:
            if photo.sha256 in missing:
                self.send_photo(record, photo)
        if missing:
            path = f"/api/v1/checks/{record.id}/receipt"
            self._keep(record, self.line.ask("GET", path, what="receipt", about=record.id, proves=receipt(record)))

    def post(self, record: Record) -> None:
        headers = {"Content-Type": "application/json", "X-Record-Sha256": record.sha256}
        self._post("/api/v1/checks", record, record.content, headers)

    def post_whole(self, record: Record) -> None:
        contents = [record.content, *(photo.content for photo in record.photos)]
        body = b"".join(frame(each) for each in contents)
        self._post("/api/v1/checks/whole", record, body, {"Content-Type": "application/vnd.mingcha.check"})

    def _post(self, path: str, record: Record, body: bytes, headers: dict[str, str]) -> None:
        answer = self.line.ask("POST", path, body, headers, what="check", about=record.id, proves=receipt(record))
        if answer.status == 422:
            raise Unacceptable("refused", answer.body or {})
        self._keep(record, answer)

    def _keep(self, record: Record, answer: Answer) -> None:
        record.receipt = answer.body
        record.state = (answer.body or {})["state"]
        if record.state == "received":
            record.problem = ""

    def send_photo(self, record: Record, photo: Photo) -> None:
        if photo.tries >= SAME_HASH_TRIES:
            return
        if self.tus and len(photo.content) > MORE_THAN:
            done = self.tus.send(self.line, photo.content, photo.sha256)
        else:
            done = self._put(photo)
        if not done:
            photo.tries += 1
            record.problem = "broken on the way" if photo.tries >= SAME_HASH_TRIES else record.problem

    def _put(self, photo: Photo) -> bool:
        def proves(answer: Answer) -> bool:
            body = answer.body or {}
            named = body.get("sha256") == photo.sha256
            return named and (answer.status < 300 or body.get("state") == "refused")

        answer = self.line.ask(
            "PUT", f"/api/v1/files/{photo.sha256}", photo.content, {"Content-Type": "image/jpeg"},
            what="file", about=photo.sha256, proves=proves,
        )  # fmt: skip
        return answer.status != 422


def is_ours(answer: Answer) -> bool:
    return answer.headers.get("X-Mingcha") == "1" and (answer.body or {}).get("signed_in") is True


def receipt(record: Record) -> Callable[[Answer], bool]:
    """static/field/models/receipt.js: it acknowledges exactly this record, and names each of its files."""

    def proves(answer: Answer) -> bool:
        body = answer.body or {}
        if answer.status >= 300 or body.get("check") != record.id or body.get("record_sha256") != record.sha256:
            return False
        lists = [body.get(name) for name in ("received", "missing", "refused", "damaged")]
        if not all(isinstance(each, list) for each in lists) or not body.get("received_at"):
            return False
        named = {*body["received"], *body["missing"], *(each["sha256"] for each in body["refused"])}
        if any(photo.sha256 not in named for photo in record.photos):
            return False
        if body["state"] == "received":
            return not body["missing"] and bool(body["completed_at"])
        return body["state"] == "incomplete"

    return proves


def acknowledged(told: Told) -> Callable[[Answer], bool]:
    """The answer is about this walk, by its bytes, or this tip, by its number."""

    def proves(answer: Answer) -> bool:
        body = answer.body or {}
        if answer.status >= 300:
            return False
        if told.kind == "tip":
            return body.get("id") == told.id and bool(body.get("code"))
        named = (body.get("visit"), body.get("record_sha256"), body.get("state"))
        return named == (told.id, told.sha256, "received")

    return proves


def frame(content: bytes) -> bytes:
    """As inspections/frames.py reads it."""
    header = json.dumps({"sha256": sha256_of(content), "size": len(content)}).encode()
    return struct.pack(">I", len(header)) + header + content


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
