"""A PostGIS cluster of the suite's own, as durable as a real one, since it is broken on purpose."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bin.conftest import open_folder
from tests.bin.house import House

OURS = "from pg_stat_activity where usename = 'mingcha_app'"


class Cluster(House):
    """`folder` is one that the server's user may enter, for whatever else the suite keeps."""

    def url(self, *role: str) -> str:
        return self.cluster("url", *role).split()[-1]

    def restart_at_once(self) -> None:
        """`pg_ctl restart -m immediate`: no checkpoint, every connection torn, recovery from the log."""
        as_owner = {"user": self.data.owner(), "group": self.data.group()} if os.geteuid() == 0 else {}
        subprocess.run(
            [self._pg_ctl, "restart", "-D", self.data.resolve(), "-m", "immediate", "-w", "-t", "60"],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, **as_owner,
        )  # fmt: skip

    @property
    def _pg_ctl(self) -> Path:
        server = (self.data / "postmaster.opts").read_text("utf-8").split()[0]
        return Path(server).with_name("pg_ctl")

    def end_backends(self) -> int:
        """Tell every connection of the application to go, as an administrator does; how many there were."""
        return len(self._unless_away(f"select pg_terminate_backend(pid) {OURS}"))

    def kill_a_backend(self, rng: random.Random) -> bool:
        """SIGKILL: the server takes it for a crash, tears all connections and recovers. False if there is none."""
        pids = self._unless_away(f"select pid {OURS} order by pid")
        if not pids:
            return False
        os.kill(int(rng.choice(pids)), signal.SIGKILL)
        return True

    def _unless_away(self, query: str) -> list[str]:
        """One line for each connection of the application; none while the server recovers from the last blow."""
        process = self.command("psql", "-Atc", query)
        output, _ = process.communicate(timeout=90)
        return output.split() if process.returncode == 0 else []


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    with open_folder() as place:
        cluster = Cluster(place / "var")
        cluster.cluster("start")
        try:
            yield cluster
        finally:
            cluster.stop()
