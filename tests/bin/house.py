"""A data folder and the scripts run against it as a person would run them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = ROOT / "bin"


class House:
    def __init__(self, var: Path) -> None:
        self.var = var
        self.environment = {**os.environ, "MINGCHA_VAR": str(var)}
        self.environment.pop("DATABASE_URL", None)

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    @property
    def server_pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def command(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [BIN / "cluster", *arguments],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def cluster(self, *arguments: str, ends_with: int = 0, **environment: str) -> str:
        process = self.command(*arguments, **environment)
        output, _ = process.communicate(timeout=90)
        assert process.returncode == ends_with, output
        return output

    def sql(self, statement: str) -> str:
        return self.cluster("psql", "-Atc", statement).strip()

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            subprocess.run([BIN / "cluster", "stop"], env=self.environment, check=False, capture_output=True)
