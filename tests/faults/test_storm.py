"""The server was away for an hour, and everyone has waited."""

from collections import Counter

from tests.faults.checker import CLEAN
from tests.faults.proxy import CLEAR, Weather
from tests.faults.trial import LONG, Trial, drawn

PHONES = 50


def test_fifty_phones_after_an_outage_are_all_served_and_none_is_impatient(trial: Trial) -> None:
    rng = trial.rng("storm")
    phones = [trial.phone(f"storm{number}") for number in range(PHONES)]
    for phone in phones:
        for _ in range(3 if LONG else 1):
            phone.finish_check(trial.site(rng), [drawn(rng)])
    trial.product.stop()
    trial.faults["outage"] += 1
    with trial.sending(*phones):
        trial.breathe(20 if LONG else 4)
    during = Counter(each.phone for each in trial.history.of("ping") if each.phone.startswith("storm"))
    assert max(during.values()) <= (40 if LONG else 15), "the waits must grow"
    assert not any(each.about for each in trial.history if each.phone.startswith("storm")), (
        "only pings, in the dark"
    )
    trial.product.start()
    trial.deliver(*phones, within_s=600)
    assert str(trial.judged()) == CLEAN


def test_phones_that_are_told_to_come_back_later_come_back_later(trial: Trial) -> None:
    rng = trial.rng("later")
    phones = [trial.phone(f"later{number}") for number in range(10)]
    for phone in phones:
        phone.finish_check(trial.site(rng), [])
        trial.proxies[phone.name].weather = Weather("busy", 2)
    with trial.sending(*phones):
        trial.breathe(3)
    for phone in phones:
        trial.proxies[phone.name].weather = CLEAR
    trial.deliver(*phones)
    asked = Counter(each.phone for each in trial.history.of("ping") if each.status == 503)
    assert all(1 <= asked[phone.name] <= 2 for phone in phones)
    assert str(trial.judged()) == CLEAN
