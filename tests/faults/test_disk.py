"""No room for photos: words are taken, nothing is acknowledged that is not kept, and room is all it takes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from inspections.db import new_id
from tests.faults.checker import CLEAN
from tests.faults.phones import Phone
from tests.faults.trial import LONG, Trial, drawn


@pytest.fixture
def small(trial: Trial) -> Iterator[Trial]:
    if not trial.disk.is_small:
        pytest.skip("the small disk needs root: mount -t tmpfs")
    yield trial
    trial.disk.clear()


def test_a_full_disk_takes_records_and_reports_but_no_photos_and_recovers_by_itself(small: Trial) -> None:
    phone = small.phone("full")
    pids = small.product.pids()
    small.disk.fill(leave_bytes=4096)
    small.faults["disk full"] += 1
    with_photo = phone.finish_check(small.site(phone.rng), [drawn(phone.rng, 320, 240)])
    assert str(phone.one_pass()) == "full"
    assert with_photo.state == "incomplete"
    in_words = phone.finish_check(small.site(phone.rng), [])
    phone.deliver(in_words)
    assert in_words.state == "received"
    assert report_a_site(phone) == 201
    small.disk.clear()
    small.deliver(phone)
    assert with_photo.state == "received"
    assert str(small.judged()) == CLEAN
    assert small.product.pids() == pids


def report_a_site(phone: Phone) -> int:
    report = {
        "id": str(new_id()), "name": "新开的托管班", "kind": "suspected", "category": "after_care",
        "location": {"lon": 117.07, "lat": 28.69, "accuracy_m": 9, "at": datetime.now(UTC).isoformat()},
    }  # fmt: skip
    content = json.dumps(report).encode()
    return phone.line.ask(
        "POST", "/api/v1/field/sites", content, {"Content-Type": "application/json"}, what="site"
    ).status


def test_a_disk_that_is_full_when_the_pictures_are_drawn_delays_them_only(small: Trial) -> None:
    phone = small.phone("undrawn")
    small.product.pause_the_job_worker()
    phone.finish_check(small.site(phone.rng), [drawn(phone.rng, 320, 240)])
    small.deliver(phone)
    small.disk.fill()
    small.faults["disk full"] += 1
    small.product.resume_the_job_worker()
    small.breathe(2)
    small.disk.clear()
    assert str(small.judged()) == CLEAN


@pytest.mark.parametrize("room", range(0, 40_000, 4_000 if LONG else 16_000))
def test_a_disk_with_any_little_room_left_keeps_all_or_nothing_of_a_photo(small: Trial, room: int) -> None:
    phone = small.phone(f"room {room}")
    small.disk.fill(leave_bytes=room)
    small.faults["disk full"] += 1
    for _ in range(3):
        phone.finish_check(small.site(phone.rng), [drawn(phone.rng)])
    phone.one_pass()
    small.disk.clear()
    small.deliver(phone)
    assert str(small.judged()) == CLEAN
