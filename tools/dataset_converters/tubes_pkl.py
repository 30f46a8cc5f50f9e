"""Old name of `tools/data.py import --from tubes`: JHMDB-GT.pkl or UCF101v2-GT.pkl.

Takes the old arguments and forwards them.
"""

import argparse
import runpy
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data.py"


def main() -> None:
    """Forward to the successor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pickle")
    parser.add_argument("videos_dir")
    parser.add_argument("--present-classes", action="store_true")
    how = parser.add_mutually_exclusive_group()
    for name in ("link", "in-place"):
        how.add_argument(f"--{name}", dest="how", action="store_const", const=name)
    args, rest = parser.parse_known_args()
    command = ["import", "--from", "tubes", args.pickle, args.videos_dir]
    command += ["--bring", args.how or "copy", *rest]
    command += [] if args.present_classes else ["--all-classes"]
    print(f"tubes_pkl.py is now: data.py {' '.join(command)}", file=sys.stderr)
    sys.argv = [str(DATA), *command]
    runpy.run_path(str(DATA))["main"]()


if __name__ == "__main__":
    main()
