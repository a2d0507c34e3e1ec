"""Processes die without a word, wherever they are."""

from collections.abc import Iterator

import pytest

from inspections.evidence.crash_points import POINTS
from tests.faults.checker import CLEAN
from tests.faults.phones import Phone
from tests.faults.trial import LONG, Trial, drawn, wait_for

OF_THE_WORKER = ("before_derivatives", "after_derivatives")
OF_THE_WEB = [point for point in POINTS if point not in OF_THE_WORKER]


@pytest.fixture
def crashing(trial: Trial) -> Iterator[Trial]:
    """The product stopped, to be started with a crash point; and as it should be afterwards."""
    trial.product.stop()
    yield trial
    if len(trial.product.pids()) < 3:  # it failed in the middle
        trial.product.stop()
        trial.product.start()


def crash(trial: Trial, phone: Phone, point: str, nth: int) -> bool:
    """Let the phone send once to a server that dies when it comes to the point for the nth time. Did it?"""
    trial.product.start(f"{point}:{nth}", worker=False)
    before = set(trial.product.web_workers())
    phone.finish_check(trial.site(phone.rng), [drawn(phone.rng), drawn(phone.rng)])
    pause = phone.one_pass()
    died = str(pause) == "offline"
    if died:
        wait_for(lambda: not before & set(trial.product.web_workers()))
    trial.product.stop()
    trial.faults[f"crash {point}"] += died
    return died


def test_a_web_server_that_dies_at_any_named_point_loses_nothing(crashing: Trial) -> None:
    """One point after the other, each on the debris of those before; in the short form three, by chance."""
    phone = crashing.phone("points", files_first=True)
    points = OF_THE_WEB if LONG else crashing.rng("points").sample(OF_THE_WEB, 3)
    reached = {point: crash(crashing, phone, point, 1) for point in points}
    missed = [point for point, died in reached.items() if not died]
    assert not missed, f"no request comes by {missed}"
    crashing.product.start()
    crashing.deliver(phone)
    assert str(crashing.judged()) == CLEAN


def test_a_check_that_comes_whole_survives_a_death_at_any_named_point(crashing: Trial) -> None:
    phone = crashing.phone("whole", wholes=1)
    points = OF_THE_WEB if LONG else crashing.rng("whole").sample(OF_THE_WEB, 2)
    reached = {point: crash(crashing, phone, point, 1) for point in points}
    missed = [point for point, died in reached.items() if not died]
    assert not missed, f"no request comes by {missed}"
    crashing.product.start()
    crashing.deliver(phone)
    assert str(crashing.judged()) == CLEAN


@pytest.mark.skipif(not LONG, reason="only in the long form: bin/test faults")
def test_a_point_is_survived_the_first_time_the_second_time_and_so_on_until_it_is_not_reached(
    crashing: Trial,
) -> None:
    """Of three points, by chance: what one death left is what the next one finds."""
    for point in crashing.rng("nth").sample(OF_THE_WEB, 3):
        phone = crashing.phone(f"nth {point}")
        nth = 1
        while crash(crashing, phone, point, nth):
            nth += 1
            assert nth < 20
        assert nth > 1
    crashing.product.start()
    crashing.deliver(*crashing.phones)
    assert str(crashing.judged()) == CLEAN


def test_a_job_worker_that_dies_on_a_photo_leaves_it_to_the_next(crashing: Trial) -> None:
    for point in OF_THE_WORKER if LONG else crashing.rng("worker").sample(OF_THE_WORKER, 1):
        die_on_a_photo(crashing, point)
    crashing.let_time_pass()
    crashing.product.start()
    assert str(crashing.judged()) == CLEAN


def die_on_a_photo(crashing: Trial, point: str) -> None:
    crashing.product.start(point)
    phone = crashing.phone(point)
    phone.finish_check(crashing.site(phone.rng), [drawn(phone.rng)])
    crashing.deliver(phone)
    worker = crashing.product.worker
    assert worker
    wait_for(lambda: worker.poll() is not None)
    crashing.faults[f"crash {point}"] += 1
    crashing.product.stop()


def test_kills_at_random_while_four_phones_send(trial: Trial) -> None:
    rng = trial.rng("kills")
    phones = [trial.phone(f"kills{number}", wholes=number / 4) for number in range(4)]
    for phone in phones:
        for _ in range(12 if LONG else 3):
            phone.finish_check(trial.site(rng), [drawn(rng) for _ in range(rng.randrange(4))])
    kills = {
        "kill web worker": lambda: trial.product.kill_a_web_worker(rng),
        "kill web master": trial.product.kill_the_web_master,
        "kill job worker": trial.product.kill_the_job_worker,
    }
    with trial.product.kept_up(), trial.sending(*phones):
        for _ in range(15 if LONG else 3):
            name = rng.choice(list(kills))
            trial.faults[name] += kills[name]()
            trial.breathe(rng.uniform(0.1, 2))
        trial.product.wait_until_it_answers()
    trial.let_time_pass()
    trial.product.restart_the_job_worker()
    trial.deliver(*phones)
    assert str(trial.judged()) == CLEAN
