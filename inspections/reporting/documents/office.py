"""PDF by LibreOffice, where it is installed: looked for each time, started for one file and ended with it.

It gets a folder of its own for its profile, no environment of ours, no macros and no links, and limits on memory,
processor and clock. What hangs is killed with its whole process group.
"""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from ...errors import InspectionError, say
from .layout import FANGSONG, HEI, KAITI, LATIN, SONG, TITLE

PROGRAMS = ("soffice", "libreoffice")
# Faces of official documents that a server rarely has → free ones in their place
REPLACED = {
    FANGSONG: "Noto Serif CJK SC",
    KAITI: "Noto Serif CJK SC",
    SONG: "Noto Serif CJK SC",
    TITLE: "Noto Serif CJK SC",
    HEI: "Noto Sans CJK SC",
    LATIN: "Noto Serif CJK SC",
}
SETTINGS = {
    "/org.openoffice.Office.Common/Security/Scripting": {
        "MacroSecurityLevel": "3",
        "DisableMacrosExecution": "true",
        "BlockUntrustedRefererLinks": "true",
        "DisableActiveContent": "true",
    },
    "/org.openoffice.Office.Writer/Content/Update": {"Link": "0"},
    "/org.openoffice.Office.Common/Misc": {"FirstRun": "false"},
}


@dataclass(frozen=True)
class Limits:
    memory_bytes: int = 4 << 30  # address space, of which it uses a tenth
    cpu_s: int = 120
    wall_s: float = 120
    file_bytes: int = 500 << 20


class OfficeMissing(InspectionError):
    message = say("服务器上没有安装 LibreOffice，不能生成 PDF；可以下载 Word 文件，用 Word 或 WPS 另存为 PDF")


class OfficeFailed(InspectionError):
    message = say("LibreOffice 没能把这份文件转成 PDF，请下载 Word 文件")


class OfficeTooSlow(OfficeFailed):
    message = say("转成 PDF 用时太久，已停止；请下载 Word 文件")


def find_office() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def to_pdf(docx: bytes, limits: Limits | None = None) -> bytes:
    """Raises OfficeMissing, OfficeTooSlow or OfficeFailed."""
    program = find_office()
    if program is None:
        raise OfficeMissing
    with tempfile.TemporaryDirectory(prefix="mingcha-office-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        (folder / "document.docx").write_bytes(docx)
        _write_profile(folder / "profile" / "user")
        _write_faces(folder / "fonts.conf")
        _convert(program, folder, limits or Limits())
        made = folder / "out" / "document.pdf"
        body = made.read_bytes() if made.is_file() else b""
    if not body.startswith(b"%PDF-"):
        raise OfficeFailed
    return body


def _convert(program: str, folder: Path, limits: Limits) -> None:
    command = [
        program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nologo",
        "--nodefault", "--nolockcheck", "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(folder / "out"),
        str(folder / "document.docx"),
    ]  # fmt: skip
    environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    environment["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    process = subprocess.Popen(  # noqa: S603 - found on the path, arguments of our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    try:
        _limit(process.pid, limits)
        process.wait(limits.wall_s)
    except subprocess.TimeoutExpired:
        raise OfficeTooSlow from None
    finally:
        _end(process)


def _limit(pid: int, limits: Limits) -> None:
    """What it starts has the same limits."""
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.prlimit(pid, resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The program and whatever it started: they are in a session of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _write_profile(folder: Path) -> None:
    folder.mkdir(parents=True)
    items = [_item(path, _props(values)) for path, values in SETTINGS.items()]
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'
        + "\n".join(items)
        + "\n</oor:items>\n",
        encoding="utf-8",
    )


def _item(path: str, inside: str) -> str:
    return f'<item oor:path="{path}">{inside}</item>'


def _props(values: dict[str, str]) -> str:
    return "".join(
        f'<prop oor:name="{name}" oor:op="fuse"><value>{escape(value)}</value></prop>'
        for name, value in values.items()
    )


def _write_faces(file: Path) -> None:
    """What stands in for a face is asked of fontconfig, after the system's own rules."""
    aliases = [
        f'<match target="pattern"><test name="family"><string>{face}</string></test>'
        f'<edit name="family" mode="append" binding="strong"><string>{free}</string></edit></match>'
        for face, free in REPLACED.items()
    ]
    file.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        + "\n".join(aliases)
        + '\n<include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n</fontconfig>\n',
        encoding="utf-8",
    )
