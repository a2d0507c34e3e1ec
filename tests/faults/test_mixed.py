"""Everything at once, for a while."""

import threading

from tests.faults.checker import CLEAN
from tests.faults.nemesis import Nemesis
from tests.faults.phones import Phone
from tests.faults.trial import LONG, Trial, drawn

SECONDS = 90 if LONG else 8


def inspect(trial: Trial, phone: Phone, stop: threading.Event) -> None:
    """An inspector at work: a check every second or two, with up to three photos, one of them large at times; now
    and then a walk through a cell that names it as a lead, and a tip.
    """
    rng = trial.rng(f"inspect {phone.name}")
    while not stop.wait(rng.uniform(0.3, 2)):
        sizes = [rng.choice([(64, 48), (96, 72), (160, 120), (800, 600)]) for _ in range(rng.randrange(4))]
        check = phone.finish_check(trial.site(rng), [drawn(rng, *size) for size in sizes])
        if rng.random() < 0.5:
            phone.finish_walk(*[check] * rng.randrange(2))
        if rng.random() < 0.3:
            phone.write_tip()


def test_four_phones_among_all_faults_lose_nothing(trial: Trial) -> None:
    rng = trial.rng("mixed")
    phones = [trial.phone(f"mixed{number}", files_first=number == 3, wholes=number / 4) for number in range(4)]
    stop = threading.Event()
    inspectors = [threading.Thread(target=inspect, args=(trial, phone, stop)) for phone in phones]
    with trial.product.kept_up(), trial.sending(*phones), Nemesis(trial, phones, rng).at_work():
        for thread in inspectors:
            thread.start()
        trial.breathe(SECONDS)
        stop.set()
        for thread in inspectors:
            thread.join()
    with trial.product.kept_up():
        trial.product.wait_until_it_answers()
        trial.deliver(*phones, within_s=600)
        trial.let_time_pass()
        trial.product.kill_the_job_worker()
        assert str(trial.judged()) == CLEAN
