"""What holds for every file of the repository."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import webapp.cli  # noqa: F401 - what `flask mingcha worker` has imported
from inspections import jobs
from inspections.errors import InspectionError
from tests.conftest import ROOT
from webapp import create_app
from webapp.errors import STATUS, status_of

PYTHON = ("geo", "inspections", "webapp", "bench")
MOST_LINES, LONGEST_FUNCTION = 400, 50
MACHINE_PATH = re.compile(r"/(?:work|home|root)/\w|/tmp/mcpg")


def tracked(*suffixes: str, under: tuple[str, ...] = ()) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *under], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in suffixes and path.is_file():
            yield path


@pytest.fixture(autouse=True)
def _in_a_clone() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: there is no list of what belongs to the repository")


def test_no_file_is_longer_than_the_house_allows() -> None:
    lengths = {
        path: path.read_text("utf-8").count("\n")
        for path in tracked(".py", ".js", ".html", under=(*PYTHON, "static"))
    }
    assert {short(path): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_longer_than_the_house_allows() -> None:
    long = {}
    for path in tracked(".py", under=PYTHON):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{short(path)}:{node.name}"] = lines
    assert long == {}


def test_templates_hold_no_style_and_no_script_of_their_own() -> None:
    inline = re.compile(r"""<style\b|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:|\|\s*safe\b""")
    scripts = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")(?![^>]*\bnonce=)")
    found = [
        short(path)
        for path in tracked(".html", under=("webapp",))
        if inline.search(text := path.read_text("utf-8")) or scripts.search(text)
    ]
    assert found == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    kinds = (".py", ".js", ".html", ".css", ".md", ".toml", ".sh", ".ini", ".mjs", ".json", "")
    found = {
        f"{short(path)}: {match[0]}"
        for path in tracked(*kinds)
        if path != Path(__file__).resolve() and (match := MACHINE_PATH.search(path.read_text("utf-8")))
    }
    assert found == set()


def test_locks_name_no_host() -> None:
    locks = [*ROOT.glob("requirements*.lock"), ROOT / "package-lock.json"]
    assert len(locks) >= 4
    hosts = re.compile(r'"resolved"|https?://|--(?:extra-)?index-url|--find-links')
    paid_by = re.compile(r'"(?:url|funding)": "https://')  # who may be thanked is no place to load it from
    lines = ((lock, line) for lock in locks for line in lock.read_text("utf-8").splitlines())
    assert [(lock.name, line) for lock, line in lines if hosts.search(line) and not paid_by.search(line)] == []


def test_the_worker_knows_every_job_that_can_be_queued(app_url: str, app_engine: object) -> None:
    create_app({"APP_DATABASE_URL": app_url})
    queued = set()
    for path in tracked(".py", under=("inspections",)):
        queued |= set(re.findall(r'@job\(\s*"([^"]+)"', path.read_text("utf-8")))
    assert queued <= set(jobs.HANDLERS)
    worker = jobs.worker(app_engine, app_url, store=None)  # type: ignore[arg-type]
    assert set(jobs.HANDLERS) <= set(worker.tasks)


def test_every_refusal_has_a_status_of_its_own() -> None:
    of_the_house = {kind for kind in kinds(InspectionError) if kind.__module__ == "inspections.errors"}
    assert of_the_house - STATUS.keys() == set()
    for kind in kinds(InspectionError):
        assert 400 <= status_of(kind.__new__(kind)) < 600


def kinds(root: type[InspectionError]) -> Iterator[type[InspectionError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))
