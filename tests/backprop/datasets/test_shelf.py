"""Rows on a shelf: made once, mapped by all, swept when nobody wants them, and never more than there is room for."""

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from backprop.datasets.shelf import SHELVED_BYTES, STRETCH_BYTES, UNUSED_SECONDS, Block, Shelf, Wanted

ROWS, WIDTH = SHELVED_BYTES // 64, 16
SIZE = ROWS * WIDTH * 4
SMAPS = Path("/proc/self/smaps")
WANTED = Wanted("digest.x", (ROWS, WIDTH), "float32")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "rows", 3 * SIZE)


def blocks(rows: int = ROWS) -> Iterator[Block]:
    """Rows that count up, in any order."""
    for places in np.array_split(np.random.RandomState(0).permutation(rows), 8):
        yield places, (places[:, None] * WIDTH + np.arange(WIDTH)).astype(np.float32)


def files(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.glob("*"))


def test_rows_are_made_once_and_come_back_as_they_were(shelf: Shelf) -> None:
    made, found = shelf.rows(WANTED, blocks()), shelf.rows(WANTED, iter(()))
    np.testing.assert_array_equal(made, np.arange(ROWS * WIDTH, dtype=np.float32).reshape(ROWS, WIDTH))
    np.testing.assert_array_equal(found, made)
    assert files(shelf) == [WANTED.name]


def test_rows_of_several_stretches_are_put_in_order(tmp_path: Path) -> None:
    rows = 5 * STRETCH_BYTES // (2 * 4 * WIDTH) + 3
    made = Shelf(tmp_path, 2**30).rows(Wanted("large", (rows, WIDTH), "float32"), blocks(rows))
    np.testing.assert_array_equal(made, np.arange(rows * WIDTH, dtype=np.float32).reshape(rows, WIDTH))


def test_rows_are_not_to_be_written_to(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="read-only"):
        shelf.rows(WANTED, blocks())[0, 0] = 1


def test_several_may_make_the_same_rows_at_once(shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shelf.rows(WANTED, blocks()), range(8)))
    assert all(np.array_equal(rows, found[0]) for rows in found)
    assert files(shelf) == [WANTED.name]


@pytest.mark.skipif(not SMAPS.exists(), reason="sees how a file is mapped where Linux says it")
@pytest.mark.parametrize(("cached", "shuffled", "alone"), [(0, True, True), (0, False, False), (2 * SIZE, True, False)])
def test_shuffled_rows_that_memory_does_not_hold_are_read_one_by_one(
    tmp_path: Path, cached: int, shuffled: bool, alone: bool
) -> None:
    shelf = Shelf(tmp_path, 2**30, cached)
    made = shelf.rows(WANTED, blocks(), shuffled=shuffled)
    assert reads_pages_alone(tmp_path / WANTED.name) == {alone}
    del made
    found = shelf.rows(WANTED, iter(()), shuffled=shuffled)
    assert reads_pages_alone(tmp_path / WANTED.name) == {alone}
    np.testing.assert_array_equal(found[-1], np.arange(SIZE // 4 - WIDTH, SIZE // 4))


def reads_pages_alone(path: Path) -> set[bool]:
    """Return whether the maps of a file have the flag of random reads (man 5 proc: rr)."""
    _, *maps = re.split(rf"^.* {re.escape(str(path))}$", SMAPS.read_text(), flags=re.MULTILINE)
    flags = [re.search(r"^VmFlags: (.*)$", told, re.MULTILINE) for told in maps]
    return {flag is not None and "rr" in flag[1].split() for flag in flags}


def test_what_breaks_off_leaves_nothing(shelf: Shelf) -> None:
    def broken() -> Iterator[Block]:
        yield next(blocks())
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        shelf.rows(WANTED, broken())
    assert files(shelf) == []


def test_a_file_of_another_length_is_made_anew(shelf: Shelf) -> None:
    shelf.rows(WANTED, blocks())
    os.truncate(shelf.folder / WANTED.name, SIZE // 2)
    assert shelf.rows(WANTED, blocks())[-1, -1] == ROWS * WIDTH - 1


def test_what_was_not_used_for_longest_makes_room(shelf: Shelf) -> None:
    for name in "abc":
        shelf.rows(Wanted(name, (ROWS, WIDTH), "float32"), blocks())
        os.utime(shelf.folder / name, (0, ord(name)))
    kept = shelf.rows(Wanted("a", (ROWS, WIDTH), "float32"), iter(()))
    shelf.rows(Wanted("d", (ROWS, WIDTH), "float32"), blocks())
    assert files(shelf) == ["a", "c", "d"]
    shelf.rows(Wanted("e", (2 * ROWS, WIDTH), "float32"), blocks(2 * ROWS))
    assert files(shelf) == ["d", "e"]
    assert kept[-1, -1] == ROWS * WIDTH - 1, "who has mapped a file keeps it"


def test_what_was_not_used_for_long_is_swept(shelf: Shelf) -> None:
    shelf.rows(WANTED, blocks())
    shelf.sweep()
    assert files(shelf) == [WANTED.name]
    then = time.time() - UNUSED_SECONDS - 1
    os.utime(shelf.folder / WANTED.name, (then, then))
    shelf.sweep()
    assert files(shelf) == []


def test_small_rows_and_rows_larger_than_the_shelf_stay_in_memory(shelf: Shelf) -> None:
    assert not shelf.takes(SHELVED_BYTES - 1)
    assert shelf.takes(SHELVED_BYTES)
    assert not shelf.takes(3 * SIZE + 1)
