"""`python -m bench [names] [--full] [--write]`: run benchmarks, print their ratios, keep them in
docs/benchmarks.md.
"""

import argparse
import importlib
import os
import pkgutil
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import bench

from .result import Result

BOOK = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = "| case | ours | peer | ours against the peer | target |\n|---|--:|--:|--:|---|\n"


def main() -> None:
    asked = arguments()
    known = {module.NAME: module for module in benchmarks()}
    unknown = set(asked.names) - set(known)
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    for name in asked.names or sorted(known):
        print(f"{name} …", flush=True)
        table = HEAD + "".join(row(result) for result in known[name].run(asked.full))
        print(table)
        if asked.write:
            write(name, table)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--full", action="store_true", help="also the sizes that take minutes")
    parser.add_argument("--write", action="store_true", help="replace their sections in docs/benchmarks.md")
    return parser.parse_args()


def benchmarks() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(bench.__path__):
        if not found.name.startswith("_"):
            module = importlib.import_module(f"bench.{found.name}")
            if hasattr(module, "NAME"):
                yield module


def row(result: Result) -> str:
    name = f"{result.name} ({result.note})" if result.note else result.name
    ours, peer = (f"{figure(value)} {result.unit}" for value in (result.ours, result.peer))
    against = f"{figure(1 / result.ratio)} × less" if result.ratio < 1 else f"{figure(result.ratio)} ×"
    return f"| {name} | {ours} | {peer} {result.peer_name} | {against} | {result.target} |\n"


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(name: str, table: str) -> None:
    """Put the table under its heading, in place of what stood there."""
    text = BOOK.read_text("utf-8") if BOOK.exists() else "# Benchmarks\n"
    heading = f"\n## {name}\n"
    before, _, rest = text.partition(heading)
    following = rest.partition("\n## ")
    after = f"\n## {following[2]}" if following[1] else ""
    day, version = f"{datetime.now(UTC):%Y-%m-%d}", platform.python_version()
    machine = (
        f"{day}, {os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}, Python {version}"
    )
    BOOK.write_text(f"{before.rstrip()}\n{heading}\n{machine}\n\n{table}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
