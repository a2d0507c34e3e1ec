"""What a page needs, read from the files themselves: which module imports which, which sheet shows what."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

FROM = re.compile(r"""^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']""", re.M)
BARE = re.compile(r"""^\s*import\s*["']([^"']+)["']""", re.M)
LATER = re.compile(r"""\bimport\(\s*["']([^"']+)["']\s*\)""")
BESIDE = re.compile(r"""\bnew URL\(\s*["']([^"']+)["'],\s*import\.meta\.url\)""")
CONTROLLERS = re.compile(r"""\bdata-controller["']?\s*[=:]\s*["']([a-z][a-z/ -]*)["']""")
PICTURES = re.compile(r"""\burl\(\s*["']?([^"')#]+)["']?\s*\)|@import\s*["']([^"']+)["']""")

Read = Callable[[str], str | None]


def at_once(name: str, text: str) -> Iterator[str]:
    """The modules that must be there before this one runs."""
    if name.endswith(".js"):
        yield from (_beside(name, each) for each in [*FROM.findall(text), *BARE.findall(text)])


def in_time(name: str, text: str) -> Iterator[str]:
    """All that this file may ask for sooner or later."""
    yield from at_once(name, text)
    if name.endswith(".js"):
        yield from (_beside(name, each) for each in [*LATER.findall(text), *BESIDE.findall(text)])
        yield from controllers(text)
    if name.endswith(".css"):
        yield from (_beside(name, one or two) for one, two in PICTURES.findall(text))


def controllers(markup: str) -> Iterator[str]:
    for names in CONTROLLERS.findall(markup):
        yield from (f"{name}.js" for name in names.split())


def reached(
    entries: Iterable[str], read: Read, following: Callable[[str, str], Iterable[str]] = in_time
) -> list[str]:
    """The entries and all they lead to, each once, nearest first. What can't be read is left out."""
    found: dict[str, None] = {}
    waiting = list(entries)
    for name in waiting:
        text = None if name in found else read(name)
        if text is not None:
            found[name] = None
            waiting += following(name, text)
    return list(found)


def _beside(name: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
