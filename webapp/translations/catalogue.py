"""The English catalogue: brought in line with the sources, judged, and compiled for the running app."""

import json
import re
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from .sources import words_by_file

HERE = Path(__file__).parent
CATALOGUE = HERE / "en" / "LC_MESSAGES" / "messages.po"
COMPILED = CATALOGUE.with_suffix(".mo")
# What the browser needs: the words that scripts use, and no others
SCRIPT = HERE / "en" / "script.json"

# Written by hand and not by Babel, which would put in dates, tools and addresses that change by themselves.
HEADER = r"""# The English of Mingcha. `python -m webapp.translations extract` keeps it in line with the sources.
msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""

_PERCENT_GAP = re.compile(r"%\(\w+\)[a-z]|%%")
_GAP = re.compile(r"\{(\w+)(?::[^{}]*)?\}")


def read(path: Path = CATALOGUE) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en", ignore_obsolete=True)


def in_line(known: Catalog, found: dict[str, set[str]]) -> Catalog:
    """The words of the sources with the English that is known; words that are gone are left out."""
    catalogue = Catalog(locale="en", fuzzy=False)
    for path, words in sorted(found.items()):
        for chinese in words:
            earlier = known.get(chinese)
            english = earlier.string if earlier and not earlier.fuzzy else ""
            catalogue.add(chinese, english, locations=[(path, 0)])
    return catalogue


def save(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    with path.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, width=0, sort_output=True, omit_header=True, include_lineno=False)


def faults(catalogue: Catalog, found: dict[str, set[str]]) -> list[str]:
    """What keeps the English from being complete and right, one line each."""
    used = set().union(*found.values())
    known = {message.id: message for message in catalogue if message.id}
    lines = [f"not in the catalogue: {words!r}" for words in sorted(used - known.keys())]
    lines += [f"no longer in the sources: {words!r}" for words in sorted(known.keys() - used)]
    for chinese, message in sorted(known.items()):
        if not message.string:
            lines.append(f"no English: {chinese!r}")
        elif message.fuzzy:
            lines.append(f"only guessed: {chinese!r}")
        elif gaps(str(chinese)) != gaps(str(message.string)):
            lines.append(f"other gaps: {chinese!r} → {message.string!r}")
    said = set().union(*(words for path, words in found.items() if path.endswith(".js")))
    unmarked = said & known.keys() - {words for words, message in known.items() if _is_in_script(message)}
    return lines + [f"not marked as said by a script: {words!r}" for words in sorted(unmarked)]


def gaps(words: str) -> set[str]:
    """The gaps that values fill, whichever way they are written and however often."""
    return {*_PERCENT_GAP.findall(words), *_GAP.findall(words)}


def script_words(catalogue: Catalog) -> dict[str, str]:
    """Chinese and English of what scripts say."""
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and _is_in_script(message)
    }


def _is_in_script(message: Message) -> bool:
    return any(path.endswith(".js") for path, _line in message.locations)


def compile_catalogue() -> None:
    catalogue = read()
    with COMPILED.open("wb") as file:
        write_mo(file, catalogue)
    words = json.dumps(script_words(catalogue), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    SCRIPT.write_text(words, encoding="utf-8")


def extract() -> list[str]:
    """Rewrite the catalogue from the sources; returns what is left to do."""
    found = words_by_file()
    save(in_line(read(), found))
    return faults(read(), found)
