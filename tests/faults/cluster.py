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
        ended = "count(*) filter (where pg_terminate_backend(pid))"
        return int(self.sql(f"select {ended} from pg_stat_activity where usename = 'mingcha_app'"))

    def kill_a_backend(self, rng: random.Random) -> bool:
        """SIGKILL: the server takes it for a crash, tears all connections and recovers. False if there is none."""
        pids = self.sql("select pid from pg_stat_activity where usename = 'mingcha_app' order by pid").split()
        if not pids:
            return False
        os.kill(int(rng.choice(pids)), signal.SIGKILL)
        return True


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    with open_folder() as place:
        cluster = Cluster(place / "var")
        cluster.cluster("start")
        try:
            yield cluster
        finally:
            cluster.stop()
