"""The database goes away in the middle, and comes back."""

from collections.abc import Callable

from tests.faults.checker import CLEAN
from tests.faults.trial import LONG, Trial, drawn


def test_phones_wait_for_the_database_and_go_on_without_a_restart_of_anything(trial: Trial) -> None:
    rng = trial.rng("database")
    phones = [trial.phone(f"database{number}") for number in range(4)]
    for phone in phones:
        for _ in range(40 if LONG else 8):
            phone.finish_check(trial.site(rng), [drawn(rng) for _ in range(rng.randrange(3))])
    deeds: list[tuple[str, Callable[[], object]]] = [
        ("restart database", trial.cluster.restart_at_once),
        ("end backends", trial.cluster.end_backends),
        ("kill backend", lambda: trial.cluster.kill_a_backend(rng)),
    ]
    rng.shuffle(deeds)
    pids = trial.product.pids()
    with trial.sending(*phones):
        for name, deed in deeds * (3 if LONG else 1):
            trial.breathe(rng.uniform(0.2, 6 if LONG else 1))
            deed()
            trial.faults[name] += 1
    trial.deliver(*phones)
    assert not any(phone.unsent for phone in phones)
    trial.let_time_pass()
    assert str(trial.judged()) == CLEAN
    assert trial.product.pids() == pids, f"it needed a restart: {trial.product.last_words()}"
