"""A county, its phones, the product that serves them, and all that is done to them in one run."""

import json
import os
import random
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from inspections.db import scope, session_of
from inspections.registry.counties import County
from inspections.registry.people import Role
from tests.conftest import ROOT
from tests.factories import COUNTY, PASSWORD, make_finding, make_person, make_site
from tests.faults.checker import Truth, Verdict, judge
from tests.faults.cluster import Cluster
from tests.faults.disk import Disk
from tests.faults.history import History
from tests.faults.line import Line
from tests.faults.phones import Phone
from tests.faults.product import Product
from tests.faults.proxy import Proxy
from tests.faults.tus import Tus, offered
from tests.walks import make_square

LONG = os.environ.get("MINGCHA_LONG") == "1"
PEOPLE = 4
SETTLED_S = 240 if LONG else 90
DELIVERED_S = 600 if LONG else 120


@dataclass
class Trial:
    """`history` and `phones` are those of all tests of the run: each is judged with all that came before."""

    seed: int
    cluster: Cluster
    product: Product
    disk: Disk
    history: History = field(default_factory=History)
    phones: list[Phone] = field(default_factory=list)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    site_ids: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)  # by site one that is known before anybody comes
    cell_id: str = ""
    _cookies: list[str] = field(default_factory=list)
    _has_tus: bool = False
    _exits: ExitStack = field(default_factory=ExitStack)

    def prepare(self) -> None:
        """The county, its people and sites; and everyone signed in."""
        with self.session() as session:
            session.add(County(code=COUNTY, name="万年县", bureau="万年县教育体育局"))
            session.flush()
            for number in range(PEOPLE):
                make_person(session, Role.INSPECTOR, login=f"person{number}", name=f"督导员{number}")
            sites = [make_site(session) for _ in range(3)]
            self.cell_id = str(make_square(session).id)
            self.site_ids = [str(site.id) for site in sites]
            self.problems = {str(site.id): str(make_finding(session, site).id) for site in sites}
        line = Line("desk", self.product.port, History())
        for number in range(PEOPLE):
            form = urllib.parse.urlencode({"login": f"person{number}", "password": PASSWORD}).encode()
            answer = line.ask(
                "POST", "/account/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"},
                what="sign-in", bare=True, proves=lambda a: a.status == 302,
            )  # fmt: skip
            assert answer.status == 302, answer
            self._cookies.append(answer.headers["Set-Cookie"])
        line.cookie = self._cookies[0]
        self._has_tus = offered(line)

    def close(self) -> None:
        self._exits.close()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """As the owner, inside the county; committed at the end."""
        with session_of(self.cluster.url()) as session:
            scope(session, COUNTY)
            yield session
            session.commit()

    def rng(self, what: str) -> random.Random:
        """Chance for one purpose: the same for the same seed, whatever other tests ran before."""
        return random.Random(f"{self.seed} {what}")

    def phone(self, name: str, **values: Any) -> Phone:
        """A new phone with a network of its own, in the hands of one of the people."""
        proxy = self._exits.enter_context(Proxy(self.product.port))
        cookie = self._cookies[len(self.phones) % PEOPLE]
        line = Line(name, proxy.port, self.history, cookie=cookie)
        phone = Phone(name, line, self.rng(name), tus=Tus() if self._has_tus else None, **values)
        phone.problems, phone.cell_id = self.problems, self.cell_id
        self.phones.append(phone)
        self.proxies[name] = proxy
        return phone

    def site(self, rng: random.Random) -> str:
        return rng.choice(self.site_ids)

    def injected(self) -> Counter[str]:
        """Faults by kind: what the nemesis did, and what befell connections."""
        return self.faults + sum((proxy.befell for proxy in self.proxies.values()), Counter())

    def deliver(self, *phones: Phone, within_s: float = DELIVERED_S) -> None:
        """Let the phones send until they have nothing left."""
        with self.sending(*phones, until_sent=True) as threads:
            until = time.monotonic() + within_s
            for thread in threads:
                thread.join(max(0.1, until - time.monotonic()))
            late = [phone for phone, thread in zip(phones, threads, strict=True) if thread.is_alive()]
        assert not late, "; ".join(f"{each.name} still waits: {each.pauses[-3:]}" for each in late)

    @contextmanager
    def sending(self, *phones: Phone, until_sent: bool = False) -> Iterator[list[threading.Thread]]:
        """Each phone sends in a thread of its own, until left."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=each.run, args=(stop,), kwargs={"until_sent": until_sent}) for each in phones
        ]
        for thread in threads:
            thread.start()
        try:
            yield threads
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def judged(self) -> Verdict:
        """What the checker says once the jobs are done: asked until it is content, at most `SETTLED_S`."""
        until = time.monotonic() + SETTLED_S
        while True:
            with self.session() as session:
                self.verdict = judge(Truth.read(session, self.product.blobs), self.history, self.phones)
            if not self.verdict.may_heal or time.monotonic() > until:
                return self.verdict
            time.sleep(0.5)

    def breathe(self, seconds: float) -> None:
        """Let things happen."""
        time.sleep(seconds)

    def let_time_pass(self) -> None:
        """Two minutes, for job workers that are dead or cut off: their last sign of life is that much older."""
        older = "update procrastinate_workers set last_heartbeat = last_heartbeat - interval '2 minutes'"
        wait_for(self.has_database)  # the last deed may have been to kill a backend, from which it recovers
        with self.session() as session:
            session.execute(text(f"{older} where id < (select max(id) from procrastinate_workers)"))

    def has_database(self) -> bool:
        try:
            with self.session() as session:
                session.execute(text("select 1"))
        except OperationalError:
            return False
        return True

    def report(self) -> dict[str, Any]:
        outcomes = self.history.counts()
        return {
            "seed": self.seed,
            "seconds": round(time.monotonic() - self.history.began),
            "phones": len(self.phones),
            "operations": sum(outcomes.values()),
            "outcomes": outcomes,
            "statuses": {str(status): count for status, count in sorted(self.history.statuses().items())},
            "faults": dict(sorted(self.injected().items())),
            "acknowledged": {
                "records": len(self.history.acknowledged("check", "receipt")),
                "files": len(self.history.acknowledged("file")),
                "walks": len(self.history.acknowledged("visit")),
                "tips": len(self.history.acknowledged("tip")),
            },
            "sent_again": sum(1 for each in self.history.of("check") if each.status == 200),
            **{name: len(found) for name, found in vars(self.verdict).items()},
            "examples": {name: found[:5] for name, found in vars(self.verdict).items() if found},
        }


def wait_for(condition: Callable[[], object], within_s: float = 240) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def write(report: dict[str, Any]) -> Path:
    folder = Path(os.environ.get("MINGCHA_VAR", ROOT / "var")) / "log"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"faults-{report['seed']}.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def drawn(rng: random.Random, width: int = 96, height: int = 72) -> bytes:
    """A photo that nobody took before: about one byte a pixel."""
    file = BytesIO()
    Image.frombytes("RGB", (width, height), rng.randbytes(width * height * 3)).save(file, "JPEG", quality=80)
    return file.getvalue()
