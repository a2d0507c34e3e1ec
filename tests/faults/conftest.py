"""One trial a run: a cluster, a disk, a product and a seed; and a report at the very end."""

import os
import secrets
import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import migrate
from tests.faults.cluster import private_cluster
from tests.faults.disk import small_disk
from tests.faults.product import Product
from tests.faults.trial import LONG, Trial, write

SEED = int(os.environ.get("MINGCHA_SEED") or secrets.randbelow(1_000_000))
REPORTS: list[str] = []


def pytest_report_header() -> str:
    return f"faults: MINGCHA_SEED={SEED}{' MINGCHA_LONG=1' if LONG else ''}"


def pytest_unconfigure() -> None:
    for each in REPORTS:
        print(each)  # noqa: T201 - the last thing a reader sees


@pytest.fixture(scope="session")
def trial() -> Iterator[Trial]:
    with private_cluster() as cluster, small_disk(cluster.var / "blobs") as disk:
        migrate(cluster.url())
        product = Product(cluster.url(), cluster.url("app"), cluster.var, disk.root)
        product.start()
        trial = Trial(SEED, cluster, product, disk)
        try:
            trial.prepare()
            yield trial
        finally:
            trial.close()
            product.stop()
            report = trial.report()
            path = write(report)
            shutil.copyfile(product.log, path.with_suffix(".log"))
            REPORTS.append(f"\n{in_words(report)}\n{path}")


@pytest.fixture
def quiet(trial: Trial) -> Iterator[Trial]:
    """The trial with everything running and the sky clear, before the test and after."""
    assert trial.product.web, trial.product.last_words()
    yield trial
    trial.disk.clear()


def in_words(report: dict[str, object]) -> str:
    width = max(map(len, report))
    return "\n".join(["faults", *(f"  {name:<{width}}  {value}" for name, value in report.items())])
