"""Peak memory: what a whole training takes beyond its data, ours and the peers', each in a process of its own.

python -m benchmarks.engine.memory [--works abcfd]

The figure is the growth of the resident set (Linux: VmHWM) from when the data lie ready to the highest point. What a
peer loads at its first step is in it, as a worker process would have it too.
"""

import argparse
import multiprocessing
import warnings
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.engine.peers import peers, pytorch
from benchmarks.engine.works import WORKS


def resident(what: str) -> float:
    """MB of VmRSS or VmHWM of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def growth(letter: str, peer: str) -> float:
    """MB by which training the work grows this process, which should be a fresh one."""
    warnings.simplefilter("ignore")  # scikit-learn says that it has not converged; it was told not to
    work = next(work for work in WORKS if work.letter == letter)
    examples = work.examples()
    torch = pytorch(work.threads) if peer == "pytorch" else None
    run = peers(work, examples, torch)[peer]
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: making the data had a higher one
    before = resident("VmRSS")
    with threadpool_limits(work.threads):
        run()
    return resident("VmHWM") - before


def main() -> None:
    """Prints a row a work."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.memory")
    parser.add_argument("--works", default="abcf", help="letters; d and e take minutes")
    chosen = parser.parse_args().works
    names = ["ours", "scikit-learn", *(["pytorch"] if pytorch(1) else [])]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:
        for work in WORKS:
            if work.letter in chosen:
                cells = [f"{name} {fresh.apply(growth, (work.letter, name)):.1f} MB" for name in names]
                print(f"{work.letter}  {work.what}: {'; '.join(cells)} beyond the data")


if __name__ == "__main__":
    main()
