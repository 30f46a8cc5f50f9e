"""Print what is installed, what is wrong with it and the command that mends it.

Needs nothing but Python. Exit status: 1 if something is broken, else 0.
"""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stal_plugin.engine.doctor import examine

MARKS = {"info": "  ", "warning": "! ", "broken": "X "}


def main() -> int:
    """Print the findings as they come."""
    warnings.simplefilter("ignore")
    counts = dict.fromkeys(MARKS, 0)
    for finding in examine():
        counts[finding.level] += 1
        print(f"{MARKS[finding.level]}{finding.text}", flush=True)
        if finding.fix:
            print(f"    fix: {finding.fix}", flush=True)
    print(f"{counts['broken']} broken, {counts['warning']} warnings")
    return 1 if counts["broken"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(130)
