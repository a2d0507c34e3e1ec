"""The database goes away in the middle, and comes back."""

from collections.abc import Callable

import pytest

from tests.faults.checker import CLEAN
from tests.faults.conftest import LONG
from tests.faults.trial import Trial, drawn


@pytest.mark.parametrize("fault", ["restart", "end backends", "kill backend"])
def test_phones_wait_for_the_database_and_go_on_by_themselves(trial: Trial, fault: str) -> None:
    rng = trial.rng(fault)
    phones = [trial.phone(f"{fault} {number}") for number in range(4)]
    for phone in phones:
        for _ in range(20 if LONG else 4):
            phone.finish_check(trial.site(rng), [drawn(rng) for _ in range(rng.randrange(3))])
    deeds: dict[str, Callable[[], object]] = {
        "restart": trial.cluster.restart_at_once,
        "end backends": trial.cluster.end_backends,
        "kill backend": lambda: trial.cluster.kill_a_backend(rng),
    }
    pids = trial.product.pids()
    with trial.sending(*phones):
        for _ in range(3 if LONG else 1):
            trial.breathe(rng.uniform(0.1, 1))
            deeds[fault]()
            trial.faults[fault] += 1
    trial.deliver(*phones)
    assert not any(phone.unsent for phone in phones)
    assert str(trial.judged()) == CLEAN
    assert trial.product.pids() == pids, f"it needed a restart: {trial.product.last_words()}"
