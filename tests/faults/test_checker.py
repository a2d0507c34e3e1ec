"""The checker can fail: losses planted one by one are each found and named."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.evidence.store import derived_key, original_key
from tests.faults.checker import CLEAN, Truth, Verdict, judge
from tests.faults.history import History, Operation
from tests.faults.phones import Phone, Record
from tests.faults.trial import Trial, drawn


@pytest.fixture(scope="module")
def kept(trial: Trial) -> tuple[Phone, Record]:
    """A check with two photos that was received, and everything made of it; a walk that names it, and a tip."""
    rng = trial.rng("checker")
    phone = trial.phone("checker")
    record = phone.finish_check(trial.site(rng), [drawn(rng), drawn(rng)])
    phone.finish_walk(record)
    phone.write_tip()
    trial.deliver(phone)
    assert str(trial.judged()) == CLEAN
    return phone, record


def found(trial: Trial, plant: Callable[[Session], object], history: History | None = None) -> Verdict:
    """The verdict on a database in which something was planted; it is as it was afterwards."""
    with trial.session() as session:
        session.execute(text("set session_replication_role = replica"))  # as a fault would: no rule holds it up
        plant(session)
        verdict = judge(Truth.read(session, trial.product.blobs), history or trial.history, trial.phones)
        session.rollback()
    return verdict


def sql(statement: str, **values: object) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement), values)


@contextmanager
def away(trial: Trial, key: str) -> Iterator[None]:
    path = trial.product.blobs / key
    aside = path.rename(trial.product.blobs / "planted")
    yield
    aside.rename(path)


def test_a_quiet_day_is_clean(trial: Trial, kept) -> None:
    phone, _ = kept
    assert phone.pauses == []
    assert found(trial, lambda session: None).is_clean


def test_a_lost_record_is_named(trial: Trial, kept) -> None:
    _, record = kept
    verdict = found(trial, sql("delete from checks where id = :id", id=record.id))
    assert verdict.lost == [f"check {record.id}"]


def test_a_changed_record_is_named(trial: Trial, kept) -> None:
    _, record = kept
    verdict = found(trial, sql("update checks set record = record || ' '::bytea where id = :id", id=record.id))
    assert verdict.changed == [f"check {record.id}"]


def test_a_walk_or_a_tip_that_is_lost_changed_or_there_twice_is_named(trial: Trial, kept) -> None:
    walk, tip = kept[0].told
    assert found(trial, sql("delete from canvass_visits where id = :id", id=walk.id)).lost == [f"visit {walk.id}"]
    changed = found(trial, sql("update canvass_visits set record = ' ' where id = :id", id=walk.id))
    assert changed.changed == [f"visit {walk.id}"]
    assert found(trial, sql("delete from tips where id = :id", id=tip.id)).lost == [f"tip {tip.id}"]
    again = """insert into tip_moves (county, id, tip_id, kind, state, at)
        select county, gen_random_uuid(), tip_id, kind, state, at from tip_moves where tip_id = :id"""
    assert found(trial, sql(again, id=tip.id)).twice == [f"tip {tip.id}"]


def test_a_record_that_is_there_twice_is_named(trial: Trial, kept) -> None:
    _, record = kept
    columns = "select (jsonb_populate_record(c, jsonb_build_object('id', cast(:other as uuid)))).* from checks c"
    verdict = found(trial, sql(f"insert into checks {columns} where id = :id", id=record.id, other=str(new_id())))
    assert verdict.twice == [f"record {record.sha256}"]


def test_a_deed_that_was_done_twice_is_named(trial: Trial, kept) -> None:
    _, record = kept
    again = "select county, gen_random_uuid(), person_id, verb, subject, subject_id from events"
    into = "insert into events (county, id, person_id, verb, subject, subject_id)"
    verdict = found(trial, sql(f"{into} {again} where verb = 'submit' and subject_id = :id", id=record.id))
    assert verdict.twice == [f"event submit {record.id}"]


def test_a_row_without_its_file_is_named_and_so_is_the_lost_file(trial: Trial, kept) -> None:
    _, record = kept
    name = record.photos[0].sha256
    with away(trial, original_key(name)):
        verdict = found(trial, lambda session: None)
    assert (verdict.lost, verdict.half) == ([f"file {name}"], [f"row without file {name}"])


def test_a_file_without_its_row_is_named(trial: Trial, kept) -> None:
    _, record = kept
    name = record.photos[0].sha256
    verdict = found(trial, sql("delete from blobs where sha256 = :name", name=name))
    assert f"file {name}" in verdict.lost
    assert f"file without row {name}" in verdict.half


def test_one_changed_byte_is_named(trial: Trial, kept) -> None:
    _, record = kept
    photo = record.photos[0]
    path = trial.product.blobs / original_key(photo.sha256)
    path.chmod(0o640)
    path.write_bytes(photo.content[:-1] + bytes([photo.content[-1] ^ 1]))
    verdict = found(trial, lambda session: None)
    path.write_bytes(photo.content)
    assert verdict.changed == [f"file {photo.sha256}"]


def test_a_check_called_complete_too_early_or_never_is_named(trial: Trial, kept) -> None:
    _, record = kept
    early = found(trial, sql("update photos set state = 'expected' where check_id = :id", id=record.id))
    assert f"received without its photos {record.id}" in early.half
    never = found(trial, sql("update checks set state = 'incomplete' where id = :id", id=record.id))
    assert never.half == [f"has all its photos but is incomplete {record.id}"]


@pytest.mark.parametrize("table", ["answers", "findings", "photos", "rechecks", "judgements"])
def test_half_a_check_is_named(trial: Trial, kept, table: str) -> None:
    _, record = kept
    verdict = found(trial, sql(f"delete from {table} where check_id = :id", id=record.id))
    assert any(record.id in each for each in verdict.half)


def test_what_a_dead_writer_left_in_tmp_is_named(trial: Trial, kept) -> None:
    path = trial.product.blobs / "tmp" / "left"
    path.touch()
    verdict = found(trial, lambda session: None)
    path.unlink()
    assert verdict.half == ["left over in tmp left"]


def test_a_photo_that_nobody_will_draw_is_named(trial: Trial, kept) -> None:
    _, record = kept
    name = record.photos[0].sha256
    undone = found(trial, sql("update blobs set derived_at = null where sha256 = :name", name=name))
    assert undone.forgotten == [f"photo {name}"]
    with away(trial, derived_key(name, "320")):
        assert found(trial, lambda session: None).forgotten == [f"photo {name}"]
    pending = "update procrastinate_jobs set status = 'todo' where args->>'sha256' = :name"

    def awaited(session: Session) -> None:
        sql(pending, name=name)(session)
        sql("update blobs set derived_at = null where sha256 = :name", name=name)(session)

    assert found(trial, awaited).is_clean


def test_a_job_whose_worker_died_is_named(trial: Trial, kept) -> None:
    verdict = found(trial, sql("update procrastinate_jobs set status = 'doing', worker_id = null"))
    assert len(verdict.forgotten) >= 2


def test_what_the_phone_still_holds_is_named(trial: Trial, kept) -> None:
    _, record = kept
    record.state = "incomplete"
    verdict = found(trial, lambda session: None)
    record.state = "received"
    assert len(verdict.unfinished) == 1


def test_an_answer_that_blames_nobody_and_an_impatient_phone_are_named(trial: Trial, kept) -> None:
    history = History()
    for each in trial.history:
        history.add(each)
    history.add(Operation("x", "check", "1", 10, 11, "unknown", 500))
    history.add(Operation("y", "check", "2", 10, 11, "unknown", 503, retry_after_s=5))
    history.add(Operation("y", "ping", "", 13, 14, "ok", 200))
    verdict = found(trial, lambda session: None, history)
    assert (verdict.broken, verdict.impolite) == (["check 1"], ["y ping"])
