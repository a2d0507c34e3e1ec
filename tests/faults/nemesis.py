"""Does one bad thing after the other, chosen by the seed, while phones send."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from tests.faults.phones import Phone
from tests.faults.proxy import CLEAR, Kind, Weather
from tests.faults.trial import Trial

WEATHERS: dict[Kind, tuple[int, int]] = {  # kind → range of `after`
    "clear": (0, 0),
    "dark": (0, 0),
    "cut_up": (0, 12_000),
    "cut_down": (0, 1_500),
    "stall": (0, 9_000),
    "slow": (2_048, 20_000),
    "portal": (0, 0),
    "bad_gateway": (0, 0),
    "busy": (1, 3),
}
FULL_S = (0.5, 3)
PAUSE_S = (0.2, 2.5)


class Nemesis:
    def __init__(self, trial: Trial, phones: list[Phone], rng: random.Random) -> None:
        self.trial, self.phones, self.rng = trial, phones, rng
        product, cluster = trial.product, trial.cluster
        self.deeds: dict[str, Callable[[], object]] = {
            "kill web worker": lambda: product.kill_a_web_worker(rng),
            "kill web master": product.kill_the_web_master,
            "kill job worker": product.kill_the_job_worker,
            "restart database": cluster.restart_at_once,
            "end backends": cluster.end_backends,
            "kill backend": lambda: cluster.kill_a_backend(rng),
            "clock jump": self._set_a_clock,
            "one bad request": self._spoil_one_request,
            "bad weather": self._change_the_weather,
            "worse weather": self._change_the_weather,
        }
        if trial.disk.is_small:
            self.deeds["disk full"] = self._fill_the_disk

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Bad things happen until left; then the sky clears and the disk has room."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="nemesis")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.trial.disk.clear()
            for phone in self.phones:
                proxy = self.trial.proxies[phone.name]
                proxy.weather = CLEAR
                proxy.coming.clear()
                proxy.break_all()

    def _run(self, stop: threading.Event) -> None:
        names = sorted(self.deeds)
        while not stop.wait(self.rng.uniform(*PAUSE_S)):
            name = self.rng.choice(names)
            if self.deeds[name]() is not False:
                self.trial.faults[name] += 1

    def _weather(self) -> Weather:
        kind = self.rng.choice(list(WEATHERS))
        return Weather(kind, self.rng.randint(*WEATHERS[kind]))

    def _change_the_weather(self) -> None:
        self.trial.proxies[self.rng.choice(self.phones).name].weather = self._weather()

    def _spoil_one_request(self) -> None:
        self.trial.proxies[self.rng.choice(self.phones).name].coming.append(self._weather())

    def _set_a_clock(self) -> None:
        days = self.rng.choice([-3, 3, 0, -20_000])
        self.rng.choice(self.phones).clock_is_off_by = timedelta(days=days)

    def _fill_the_disk(self) -> None:
        self.trial.disk.fill(leave_bytes=self.rng.randrange(0, 60_000))
        time.sleep(self.rng.uniform(*FULL_S))
        self.trial.disk.clear()
