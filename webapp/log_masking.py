"""Numbers by which a person could be called, written to or looked up never reach the log, tracebacks included."""

import logging
import re
from typing import Any

PERSONAL = re.compile(
    r"""(?<![\w-])(?:
        (?:\+?(?:00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}   # a mobile phone
      | 0\d{2,3}[ -]?\d{7,8}                                 # a telephone
      | \d{17}[\dXx]                                         # an identity card (GB 11643)
      | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                         # an e-mail address
    )(?![\w-])""",
    re.X,
)


def install() -> None:
    """For all loggers and handlers of this process, whoever made them."""
    make = logging.getLogRecordFactory()
    if getattr(make, "masks", False):
        return

    def masked(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            # Formatters take what they find here, and else write the traceback themselves
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return record

    masked.masks = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(masked)


def mask(text: str) -> str:
    return PERSONAL.sub("•••", text)
