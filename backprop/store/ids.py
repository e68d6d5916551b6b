"""Identifiers: a prefix that says what it names, and a time-ordered UUID (version 7, RFC 9562 section 5.7)."""

import os
import time


def new_id(prefix: str) -> str:
    """Return a fresh id such as `job_0193b2…`: 48 bits of milliseconds, then randomness, so ids sort by creation."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76  # the version
    value = value & ~(0x3 << 62) | 0x2 << 62  # the variant
    return f"{prefix}_{value:032x}"
