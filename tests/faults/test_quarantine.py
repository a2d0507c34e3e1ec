"""What the phone of a disabled account seals is acknowledged only when it would outlive the server."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from inspections.evidence.keys import Key, KeyRing, canonical
from inspections.evidence.store import original_key
from inspections.field.parcels import Parcel
from inspections.registry.people import Role
from tests.factories import COUNTY, as_sent, make_person, make_record, photo_entry
from tests.faults.checker import CLEAN
from tests.faults.history import History
from tests.faults.line import Answer, Line, Pause
from tests.faults.trial import LONG, Trial, drawn, wait_for
from tests.parcels import Writer, new_key, register

ON_THE_WAY = (
    *("after_tmp_write", "after_fsync", "after_rename", "after_folder_sync"),
    *("before_commit", "after_commit", "before_response"),
)
PARCEL = {"Content-Type": "application/vnd.mingcha.parcel"}


@dataclass
class Sealer:
    """A phone that speaks for nobody who is signed in. `history` is its own: no cookie, no check, no receipt."""

    line: Line
    person_id: UUID
    key: Key

    def seal(self, trial: Trial, point: str) -> bytes:
        photo = drawn(trial.rng(f"quarantine {point}"))
        record = make_record(trial.site_ids[0], files=[photo_entry(photo)])
        writer = Writer(self.person_id, KeyRing.of(["test"]).parcel[0], self.key)
        return writer.write([("check", record["id"], as_sent(record)[0])], [("image/jpeg", photo)])

    def hand_in(self, parcel: bytes) -> Answer:
        return self.line.ask("POST", "/api/v1/field/quarantine", parcel, PARCEL, what="quarantine")

    def known(self) -> list[dict[str, Any]]:
        question: dict[str, Any] = {
            "format": "mingcha-question/1", "county": COUNTY, "person_id": str(self.person_id),
            "device_id": "phone-1", "asked_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        question["signature"] = self.key.sign(canonical(question))
        content = json.dumps(question).encode()
        headers = {"Content-Type": "application/json"}
        path = "/api/v1/field/quarantine/question"
        answer = self.line.ask("POST", path, content, headers, what="question")
        assert answer.body
        return answer.body["parcels"]


@pytest.fixture
def sealer(trial: Trial) -> Iterator[Sealer]:
    key = new_key()
    with trial.session() as session:
        person = make_person(session, Role.INSPECTOR, name="已停用", is_active=False)
        register(session, person, key)
        sealer = Sealer(Line("sealer", trial.product.port, History()), person.id, key)
    trial.product.stop()
    yield sealer
    if len(trial.product.pids()) < 3:
        trial.product.stop()
        trial.product.start()


def test_a_server_that_dies_while_it_takes_in_a_sealed_queue_loses_nothing_that_it_acknowledged(
    trial: Trial, sealer: Sealer
) -> None:
    points = ON_THE_WAY if LONG else trial.rng("quarantine").sample(ON_THE_WAY, 2)
    parcels = {point: sealer.seal(trial, point) for point in points}
    for point, parcel in parcels.items():
        die_at(trial, sealer, point, parcel)
    trial.product.start()
    acknowledged = [sealer.hand_in(parcel) for parcel in parcels.values()]
    expected = {hashlib.sha256(parcel).hexdigest() for parcel in parcels.values()}
    assert {each.body["sha256"] for each in acknowledged if each.body} == expected
    assert {each["sha256"] for each in sealer.known()} == expected
    with trial.session() as session:
        kept = session.scalars(select(Parcel.sha256).where(Parcel.author_id == sealer.person_id)).all()
    assert sorted(kept) == sorted(expected)
    for parcel in parcels.values():
        path = trial.product.blobs / original_key(hashlib.sha256(parcel).hexdigest())
        assert path.read_bytes() == parcel
    assert str(trial.judged()) == CLEAN


def die_at(trial: Trial, sealer: Sealer, point: str, parcel: bytes) -> None:
    trial.product.start(f"{point}:1", worker=False)
    before = set(trial.product.web_workers())
    with pytest.raises(Pause, match="offline"):
        sealer.hand_in(parcel)
    wait_for(lambda: not before & set(trial.product.web_workers()))
    trial.product.stop()
    trial.faults[f"crash {point}"] += 1
