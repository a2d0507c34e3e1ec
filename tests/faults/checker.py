"""Compares what phones were promised with what is in the database and in the folder of blobs."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from inspections.canvass.visit_conflicts import VisitConflict
from inspections.canvass.visits import CanvassVisit
from inspections.casework.findings import Finding
from inspections.casework.rechecks import Recheck
from inspections.events import Event
from inspections.evidence.blobs import Blob, BlobState
from inspections.evidence.store import derived_key, original_key
from inspections.field.carrying import MEDIA_TYPE
from inspections.field.checks import Answer, Check, CheckConflict, CheckState
from inspections.field.photos import Photo, PhotoState
from inspections.intake.tip_moves import TipMove, TipMoveKind
from inspections.intake.tips import Tip
from inspections.rules.judgements import Judgement
from inspections.rules.observations import Observation
from tests.faults.history import History
from tests.faults.phones import Phone, Record, Told, sha256_of

CLEAN = "clean"
FIRST_RULES = 2021  # a phone that takes it to be 1970 has no rules to be judged by
POLITE_S = 0.05
PICTURES = ("320", "1600")


@dataclass
class Truth:
    """What the county holds."""

    checks: dict[str, Check]
    conflicts: list[CheckConflict]
    photos: list[Photo]
    blobs: dict[str, Blob]
    answers: Counter[str]
    findings: Counter[str]
    rechecks: Counter[str]
    observations: Counter[str]
    judged: Counter[str]
    events: Counter[tuple[str, str]]
    visits: dict[str, CanvassVisit]
    other_visits: list[str]
    tips: Counter[str]
    jobs: list[dict[str, Any]]
    root: Path
    files: dict[str, str]  # name of a stored original → hash of its bytes
    leftovers: list[str]

    @classmethod
    def read(cls, session: Session, root: Path) -> "Truth":
        return cls(
            checks={str(each.id): each for each in session.scalars(select(Check))},
            conflicts=list(session.scalars(select(CheckConflict))),
            photos=list(session.scalars(select(Photo))),
            blobs={each.sha256: each for each in session.scalars(select(Blob))},
            answers=Counter(map(str, session.scalars(select(Answer.check_id)))),
            findings=Counter(map(str, session.scalars(select(Finding.check_id)))),
            rechecks=Counter(map(str, session.scalars(select(Recheck.check_id)))),
            observations=Counter(map(str, session.scalars(select(Observation.check_id)))),
            judged=Counter(map(str, session.scalars(select(Judgement.check_id)))),
            events=Counter(
                (verb, str(about)) for verb, about in session.execute(select(Event.verb, Event.subject_id))
            ),
            visits={str(each.id): each for each in session.scalars(select(CanvassVisit))},
            other_visits=list(map(str, session.scalars(select(VisitConflict.visit_id)))),
            tips=Counter(map(str, session.scalars(received_tips()))),
            jobs=[dict(row) for row in session.execute(text(JOBS)).mappings()],
            root=root,
            files={path.name: sha256_of(path.read_bytes()) for path in originals(root)},
            leftovers=[path.name for path in (root / "tmp").iterdir()],
        )


JOBS = """
    select job.id, task_name, status::text, args->>'sha256' as sha256,
           worker.last_heartbeat > now() - interval '30 seconds' as has_worker
    from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
"""


def received_tips() -> Any:
    """The id of each tip, once for each time that it was written down as received."""
    return select(Tip.id).outerjoin(TipMove, (TipMove.tip_id == Tip.id) & (TipMove.kind == TipMoveKind.RECEIVED))


def originals(root: Path) -> Iterable[Path]:
    return (path for path in root.glob("[0-9a-f][0-9a-f]/*") if path.is_file())


@dataclass
class Verdict:
    """Each list names what is wrong; all empty is the promise kept."""

    lost: list[str] = field(default_factory=list)  # acknowledged, and not there
    changed: list[str] = field(default_factory=list)  # there, and not byte for byte
    twice: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)  # a row without its file, a file without its row, and so on
    unfinished: list[str] = field(default_factory=list)  # the phone still holds it, though it had the time
    forgotten: list[str] = field(default_factory=list)  # photos that nobody will ever make a picture of
    broken: list[str] = field(default_factory=list)  # answers that blame nobody: 500
    impolite: list[str] = field(default_factory=list)  # asked again before the time it was told

    @property
    def is_clean(self) -> bool:
        return not any(vars(self).values())

    @property
    def may_heal(self) -> bool:
        """Whether it is worth asking again: a job may be under way, or a sweep."""
        return bool(self.half or self.forgotten)

    def __str__(self) -> str:
        wrong = [f"{name}: {len(found)}, e.g. {found[:3]}" for name, found in vars(self).items() if found]
        return "; ".join(wrong) or CLEAN


def judge(truth: Truth, history: History, phones: Iterable[Phone]) -> Verdict:
    verdict, phones = Verdict(), list(phones)
    records = {record.id: record for phone in phones for record in phone.outbox}
    _promises(verdict, truth, history, records)
    _files(verdict, truth)
    _checks(verdict, truth, records)
    _told(verdict, truth, history, {each.id: each for phone in phones for each in phone.told})
    _pictures(verdict, truth)
    verdict.unfinished += [
        f"{record.id} {record.state} {record.problem}" for record in records.values() if record.is_unsent
    ]
    verdict.broken += [f"{each.what} {each.about}" for each in history if each.status == 500]
    verdict.impolite += _impolite(history)
    return verdict


def _promises(verdict: Verdict, truth: Truth, history: History, records: dict[str, Record]) -> None:
    for name in history.acknowledged("check", "receipt"):
        check = truth.checks.get(name)
        if check is None:
            verdict.lost.append(f"check {name}")
        elif check.record != records[name].content or check.record_sha256 != records[name].sha256:
            verdict.changed.append(f"check {name}")
    promised = {each for record in records.values() for each in (record.receipt or {}).get("received", [])}
    promised |= {each.about for each in history.of("file") if each.outcome == "ok" and each.status < 300}
    for name in promised:
        if name not in truth.blobs or name not in truth.files:
            verdict.lost.append(f"file {name}")


def _files(verdict: Verdict, truth: Truth) -> None:
    kept = {name for name, blob in truth.blobs.items() if blob.state is not BlobState.REFUSED}
    verdict.half += [f"row without file {name}" for name in kept - truth.files.keys()]
    verdict.half += [f"file without row {name}" for name in truth.files.keys() - kept]
    verdict.half += [f"left over in tmp {name}" for name in truth.leftovers]
    verdict.changed += [f"file {name}" for name, digest in truth.files.items() if name != digest]
    for name in kept & truth.files.keys():
        if (truth.root / original_key(name)).stat().st_size != truth.blobs[name].size:
            verdict.changed.append(f"size of {name}")


def _checks(verdict: Verdict, truth: Truth, records: dict[str, Record]) -> None:
    contents = Counter(check.record_sha256 for check in truth.checks.values())
    verdict.twice += [f"record {digest}" for digest, count in contents.items() if count > 1]
    verdict.twice += [f"conflict {conflict.check_id}" for conflict in truth.conflicts]
    for name, check in truth.checks.items():
        photos = [photo for photo in truth.photos if str(photo.check_id) == name]
        verdict.half += [f"{problem} {name}" for problem in _gaps(truth, check, photos)]
        verdict.twice += [f"{problem} {name}" for problem in _repeats(truth, name, len(photos))]
        if name in records and len(photos) != len(records[name].photos):
            verdict.half.append(f"{len(photos)} photos instead of {len(records[name].photos)} of check {name}")


def _told(verdict: Verdict, truth: Truth, history: History, told: dict[str, Told]) -> None:
    """Walks and tips: what was acknowledged is there, byte for byte and once."""
    for name in history.acknowledged("visit"):
        visit = truth.visits.get(name)
        if visit is None:
            verdict.lost.append(f"visit {name}")
        elif visit.record != told[name].content or visit.record_sha256 != told[name].sha256:
            verdict.changed.append(f"visit {name}")
    verdict.lost += [f"tip {name}" for name in history.acknowledged("tip") if name not in truth.tips]
    verdict.twice += [f"tip {name}" for name, count in truth.tips.items() if count > 1]
    verdict.twice += [f"conflict of visit {name}" for name in truth.other_visits]
    verdict.twice += [f"event of visit {name}" for name in truth.visits if truth.events["walk", name] > 1]
    verdict.half += [f"visit {name} has no event" for name in truth.visits if not truth.events["walk", name]]
    verdict.unfinished += [f"{each.kind} {each.id} {each.problem}" for each in told.values() if each.is_unsent]


def _gaps(truth: Truth, check: Check, photos: list[Photo]) -> Iterable[str]:
    name, is_received = str(check.id), check.state is CheckState.RECEIVED
    awaited = [photo for photo in photos if photo.state is PhotoState.EXPECTED]
    if is_received and (awaited or check.completed_at is None):
        yield "received without its photos"
    if not is_received and not awaited:
        yield "has all its photos but is incomplete"
    if any(photo.sha256 in truth.blobs for photo in awaited):
        yield "awaits a photo that is there"
    if any(photo.sha256 not in truth.blobs for photo in photos if photo not in awaited):
        yield "calls a photo received that is not there"
    if not truth.answers[name]:
        yield "has no answers"
    if not truth.events["submit", name]:
        yield "has no event"
    if photos and not truth.findings[name]:
        yield "proposed nothing"
    given = json.loads(check.record)
    if given.get("rechecks") and not truth.rechecks[name]:
        yield "says nothing of the known problem"
    if given.get("observations") and not truth.observations[name]:
        yield "says nothing of its facts"
    if truth.observations[name] and not truth.judged[name] and check.device_finished_at.year > FIRST_RULES:
        yield "has facts that nobody judged"


def _repeats(truth: Truth, name: str, photos: int) -> Iterable[str]:
    for verb in ("submit", "complete"):
        if truth.events[verb, name] > 1:
            yield f"event {verb}"
    if truth.findings[name] > min(photos, 1):
        yield "finding"
    if truth.rechecks[name] > 1:
        yield "re-check"
    if truth.observations[name] > 1:
        yield "facts"


def _pictures(verdict: Verdict, truth: Truth) -> None:
    """Every photo has its pictures, or a job that makes them: one that waits, or one that a living worker does."""
    coming = {
        job["sha256"]
        for job in truth.jobs
        if job["status"] == "todo" or (job["status"] == "doing" and job["has_worker"])
    }
    verdict.forgotten += [
        f"job {job['id']} {job['task_name']}"
        for job in truth.jobs
        if job["status"] == "doing" and not job["has_worker"]
    ]
    for name, blob in truth.blobs.items():
        if blob.state is BlobState.REFUSED or name in coming or blob.media_type == MEDIA_TYPE:
            continue
        made = all((truth.root / derived_key(name, each)).is_file() for each in PICTURES)
        if blob.derived_at is None or (blob.state is BlobState.STORED and not made):
            verdict.forgotten.append(f"photo {name}")


def _impolite(history: History) -> Iterable[str]:
    not_before: dict[str, float] = {}
    for each in sorted(history, key=lambda operation: operation.began):
        if each.began < not_before.get(each.phone, 0) - POLITE_S:
            yield f"{each.phone} {each.what}"
        if each.retry_after_s:
            not_before[each.phone] = each.ended + each.retry_after_s
