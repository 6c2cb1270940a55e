"""Run the fuzzer by hand: `python migrate/tests/fuzz/run.py --seeds 0 500`, or `--seed 17 --show`.

A failing program is written out under `--out`, shrunk; every other one is only counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from dispatch_fuzz import Fault, Outcome, examine, gist, left_out_alone, program, shrunk, write_out


def main() -> int:
    """Run what the command line asks for; 1 where a program broke a rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 200), metavar=("FIRST", "END"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--show", action="store_true", help="print the program")
    parser.add_argument("--no-disk", action="store_true", help="leave apply, verify, finish and undo out")
    parser.add_argument("--uncertified", action="store_true", help="run what the rewriter writes, unchecked")
    parser.add_argument("--left-out", action="store_true", help="run the rewrites that were not certified, too")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "dispatch-fuzz")
    parser.add_argument("--most", type=int, default=10, help="stop after so many faults")
    chosen = parser.parse_args()
    first, end = (chosen.seed, chosen.seed + 1) if chosen.seed is not None else chosen.seeds
    warnings.simplefilter("ignore")
    total = Outcome()
    faults: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for seed in range(first, end):
            made = program(seed)
            if chosen.show:
                print(made.main.decode())
            try:
                outcome = examine(made, root, disk=not chosen.no_disk, certified=not chosen.uncertified)
                total.add(outcome)
                if chosen.left_out and outcome.left_out:
                    for site, verdict in left_out_alone(made, root):
                        why = gist(verdict)
                        reasons[why] += 1
                        if reasons[why] == 1 or "differs" in verdict:
                            print(f"seed {seed}: {site} was not certified; it {verdict[:600]}")
            except Fault as error:
                fault = error
            else:
                continue
            if fault:
                faults[fault.kind] += 1
                print(f"seed {seed}: {str(fault)[:1500]}", flush=True)
                if faults[fault.kind] <= 2:
                    print(
                        "  ",
                        write_out(*shrunk(made, fault, root, certified=not chosen.uncertified), chosen.out),
                        flush=True,
                    )
                if faults.total() >= chosen.most:
                    break
    print(f"{seed + 1 - first} programs in {time.monotonic() - begun:.1f} s; faults {dict(faults)}")
    print("\n".join([*total.lines(), *(f"  {count} x {why}" for why, count in reasons.most_common())]))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
