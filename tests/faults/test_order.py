"""Too often, too early, in the wrong order, at the wrong time."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from inspections.field.checks import Check
from tests.factories import COUNTY
from tests.faults.checker import CLEAN
from tests.faults.phones import Phone, Record, sha256_of
from tests.faults.trial import LONG, Trial, drawn


def test_the_same_record_five_times_at_once_is_one_record_and_five_equal_receipts(trial: Trial) -> None:
    rng = trial.rng("five")
    phone = trial.phone("five")
    for _ in range(20 if LONG else 3):
        record = phone.finish_check(trial.site(rng), [drawn(rng), drawn(rng)])
        same = [Phone("five", phone.line, rng, outbox=[record]) for _ in range(5)]
        receipts = at_once([partial(receipt_by, each, record) for each in same])
        last = {name: receipts[0][name] for name in ("check", "record_sha256", "received_at")}
        assert all({name: receipt[name] for name in last} == last for receipt in receipts)
        phone.one_pass()
    created = [each for each in trial.history.of("check") if each.phone == "five" and each.status == 201]
    assert len(created) == len(phone.outbox)
    assert str(trial.judged()) == CLEAN


def receipt_by(phone: Phone, record: Record) -> dict[str, Any]:
    phone.deliver(record)
    assert record.receipt
    return record.receipt


def at_once(deeds: list[Callable[[], Any]]) -> list[Any]:
    gate = threading.Barrier(len(deeds))
    results: list[Any] = []

    def perform(deed: Callable[[], Any]) -> None:
        gate.wait()
        results.append(deed())

    threads = [threading.Thread(target=perform, args=(each,)) for each in deeds]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(results) == len(deeds)
    return results


def test_photos_may_come_before_their_record(trial: Trial) -> None:
    rng = trial.rng("early")
    phone = trial.phone("early", files_first=True)
    record = phone.finish_check(trial.site(rng), [drawn(rng) for _ in range(3)])
    assert phone.one_pass() is None
    assert (record.receipt or {})["state"] == "received"
    assert [each.what for each in trial.history if each.phone == "early"] == ["ping", *["file"] * 3, "check"]
    assert str(trial.judged()) == CLEAN


def test_record_and_photos_that_arrive_in_the_same_moment_complete_each_other(trial: Trial) -> None:
    rng = trial.rng("moment")
    phone = trial.phone("moment")
    for _ in range(20 if LONG else 4):
        record = phone.finish_check(trial.site(rng), [drawn(rng), drawn(rng)])
        photos = [partial(phone.send_photo, record, photo) for photo in record.photos]
        at_once([partial(phone.post, record), *photos])
    trial.deliver(phone)
    assert str(trial.judged()) == CLEAN


@pytest.mark.parametrize("days", [-3, 3, None], ids=["three days slow", "three days fast", "in 1970"])
def test_a_clock_that_is_wrong_delays_nothing_and_is_written_down(trial: Trial, days: int | None) -> None:
    off_by = timedelta(days=days) if days else datetime(1970, 1, 2, tzinfo=UTC) - datetime.now(UTC)
    rng = trial.rng(f"clock {days}")
    phone = trial.phone(f"clock {days}", clock_is_off_by=off_by)
    phone.one_pass()
    before_contact = phone.finish_check(trial.site(rng), [drawn(rng)])
    trial.deliver(phone)
    after_contact = phone.finish_check(trial.site(rng), [drawn(rng)])
    trial.deliver(phone)
    with trial.session() as session:
        first, second = (session.get_one(Check, (COUNTY, each.id)) for each in (before_contact, after_contact))
        assert abs(second.device_finished_at - datetime.now(UTC) - off_by) < timedelta(minutes=5)
        assert abs(timedelta(milliseconds=second.clock_offset_ms or 0) + off_by) < timedelta(seconds=30)
        assert "clock_skew" in second.flags
        assert first.clock_offset_ms is None
    assert str(trial.judged()) == CLEAN


def test_a_clock_set_back_between_two_checks_does_not_change_their_order(trial: Trial) -> None:
    rng = trial.rng("set back")
    phone = trial.phone("set back")
    first = phone.finish_check(trial.site(rng), [])
    phone.clock_is_off_by = timedelta(days=-3)
    second = phone.finish_check(trial.site(rng), [])
    trial.deliver(phone)
    with trial.session() as session:
        sequences = [session.get_one(Check, (COUNTY, each.id)).device_sequence for each in (first, second)]
    assert sequences == sorted(sequences)
    sent = [each.about for each in trial.history.of("check") if each.phone == "set back"]
    assert sent == [first.id, second.id]


def test_a_large_photo_in_pieces_goes_on_where_it_stopped(trial: Trial) -> None:
    """Pieces in the wrong order are turned away; a kill of the server in between takes nothing back."""
    rng = trial.rng("pieces")
    phone = trial.phone("pieces")
    if phone.tus is None:
        pytest.skip("this server does not offer tus: OPTIONS /api/v1/files")
    content = drawn(rng, 800, 600)
    name = sha256_of(content)
    record = phone.finish_check(trial.site(rng), [content])
    phone.post(record)
    piece = phone.tus.piece
    assert phone.tus.create(phone.line, name, len(content)) == 0
    assert phone.tus.patch(phone.line, name, piece, content[piece : 2 * piece]).status == 409
    assert phone.tus.offset(phone.line, name) == 0
    assert phone.tus.patch(phone.line, name, 0, content[:piece]).status == 204
    phone.tus.acknowledged[name] = piece
    trial.product.stop()
    trial.product.start()
    assert phone.tus.offset(phone.line, name) == piece
    trial.deliver(phone)
    assert phone.tus.resumed > 2
    assert str(trial.judged()) == CLEAN
