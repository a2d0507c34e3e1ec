"""Between the phone and the server: cuts, silence, lies and two kilobytes a second."""

import pytest

from tests.faults.checker import CLEAN
from tests.faults.proxy import CLEAR, Weather
from tests.faults.trial import LONG, Trial, drawn, wait_for


def offsets(trial: Trial, what: str, end: int) -> list[int]:
    """Byte counts at which to cut: the edges, and by chance between."""
    rng = trial.rng(what)
    return [0, 1, *sorted(rng.randrange(2, end) for _ in range(20 if LONG else 3)), end]


@pytest.mark.parametrize("kind", ["cut_up", "cut_down"])
def test_a_connection_cut_at_any_byte_loses_nothing_and_doubles_nothing(trial: Trial, kind: str) -> None:
    rng = trial.rng(kind)
    phone = trial.phone(kind, files_first=rng.random() < 0.5)
    proxy = trial.proxies[kind]
    for after in offsets(trial, kind, 6000 if kind == "cut_up" else 1200):
        # the ping passes, or nothing would ever be sent; then one request of a check is cut there
        for nth in range(3):
            phone.finish_check(trial.site(rng), [drawn(rng)])
            proxy.coming.extend([CLEAR] * (nth + 1) + [Weather(kind, after)])
            phone.one_pass()
            proxy.coming.clear()
            phone.one_pass()
    trial.deliver(phone)
    assert proxy.befell[kind] > 5
    assert str(trial.judged()) == CLEAN


def test_a_lost_answer_gives_the_same_receipt_again(trial: Trial) -> None:
    rng = trial.rng("lost")
    phone = trial.phone("lost")
    record = phone.finish_check(trial.site(rng), [])
    trial.proxies["lost"].coming.extend([CLEAR, Weather("cut_down", 0)])
    assert str(phone.one_pass()) == "offline"
    assert record.receipt is None
    trial.deliver(phone)
    posted = [each.status for each in trial.history.of("check") if each.phone == "lost"]
    assert posted == [0, 200]
    assert str(trial.judged()) == CLEAN


@pytest.mark.parametrize(
    ("kind", "reason"), [("portal", "captive"), ("bad_gateway", "busy"), ("busy", "busy"), ("dark", "offline")]
)
def test_nothing_but_our_server_is_believed(trial: Trial, kind: str, reason: str) -> None:
    """At every request of a check: the ping, the record, each photo and the receipt."""
    rng = trial.rng(kind)
    phone = trial.phone(kind)
    for nth in range(5):
        record = phone.finish_check(trial.site(rng), [drawn(rng), drawn(rng)])
        trial.proxies[kind].coming.extend([CLEAR] * nth + [Weather(kind)])
        assert str(phone.one_pass()) == reason
        assert record.is_unsent
        trial.proxies[kind].coming.clear()
        trial.deliver(phone)
        assert not record.is_unsent
    assert str(trial.judged()) == CLEAN


def test_two_kilobytes_a_second_are_enough(trial: Trial) -> None:
    rng = trial.rng("slow")
    phone = trial.phone("slow")
    phone.finish_check(trial.site(rng), [drawn(rng, *((320, 240) if LONG else (64, 48)))])
    trial.proxies["slow"].weather = Weather("slow", 2048)
    assert phone.one_pass() is None
    assert str(trial.judged()) == CLEAN


def test_phones_that_fall_silent_in_the_middle_of_a_photo_hold_up_nobody(trial: Trial) -> None:
    """More of them than the server has threads, and none says good-bye."""
    rng = trial.rng("silent")
    silent = [trial.phone(f"silent{number}") for number in range(64 if LONG else 36)]
    other = trial.phone("other")
    for phone in [*silent, other]:
        phone.finish_check(trial.site(rng), [drawn(rng)])
    proxies = [trial.proxies[phone.name] for phone in silent]
    for proxy in proxies:
        proxy.weather = Weather("stall", 5000)  # more than a record, less than a photo
    with trial.sending(*silent):
        wait_for(lambda: all(proxy.befell["stall"] for proxy in proxies))
        trial.deliver(other)
    assert not other.unsent, "the server was held up by phones that are gone"
    for proxy in proxies:
        proxy.weather = CLEAR
        proxy.break_all()
    trial.deliver(*silent)
    assert str(trial.judged()) == CLEAN
