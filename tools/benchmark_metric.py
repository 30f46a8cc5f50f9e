"""Old name of tools/analysis/benchmark_metric.py: it takes the same arguments."""

import sys

from analysis.benchmark_metric import main

if __name__ == "__main__":
    print("This is now tools/analysis/benchmark_metric.py", file=sys.stderr)
    main()
