import io
import logging

import pytest

from webapp.log_masking import install, mask


@pytest.mark.parametrize(
    "number",
    ["13800138000", "138 0013 8000", "+86 138-0013-8000", "0793-8865432", "36112919900101123X", "w@ex.cn"],
)
def test_a_number_or_address_of_a_person_reaches_no_log_nor_traceback(number: str) -> None:
    install()
    install()
    log, written = logging.getLogger("masking"), io.StringIO()
    log.addHandler(handler := logging.StreamHandler(written))
    try:
        raise ValueError(f"来电 {number}，请回")
    except ValueError:
        log.exception("failed for %s", number)
    log.removeHandler(handler)
    assert number not in written.getvalue()
    assert "Traceback" in written.getvalue()
    assert "failed for •••" in written.getvalue()


def test_ids_hashes_times_and_counts_stay() -> None:
    said = "job 1234567 0193a5d1-1380-7138-8000-013800138000 a13800138000f 2026-11-22 20:19:00,123 127.0.0.1:8020"
    assert mask(said) == said
