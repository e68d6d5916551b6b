"""Identifiers are UUIDs of version 7, and sort by when they were made."""

import time
from uuid import RFC_4122, UUID

from backprop.store.ids import new_id


def test_an_id_is_a_uuid_of_version_7_behind_its_prefix() -> None:
    before = time.time_ns() // 1_000_000
    prefix, _, digits = new_id("job").partition("_")
    uuid = UUID(digits)
    assert (prefix, uuid.version, uuid.variant) == ("job", 7, RFC_4122)
    assert before <= uuid.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_made_within_a_millisecond_sort_by_their_order() -> None:
    ids = [new_id("job") for _ in range(100)]
    assert len(set(ids)) == len(ids)
    assert [one[:-16] for one in ids] == sorted(one[:-16] for one in ids)
