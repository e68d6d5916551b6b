"""Identifiers: a prefix that says what it names, and a time-ordered UUID (version 7, RFC 9562 section 5.7)."""

import os
import time


def new_id(prefix: str) -> str:
    """Return a fresh id such as `job_0193b2…`, 62 of its bits random; ids sort by creation.

    Behind the milliseconds stand 12 bits of the fraction of one (RFC 9562, section 6.2, method 3): ids that one process
    makes one after the other are further apart than their quarter of a microsecond.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8)) >> 2
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random  # 7 is the version, 2 the variant
    return f"{prefix}_{value:032x}"
