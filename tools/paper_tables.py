"""Old name of tools/analysis/paper_tables.py: it takes the same arguments."""

import sys

from analysis.paper_tables import main

if __name__ == "__main__":
    print("This is now tools/analysis/paper_tables.py", file=sys.stderr)
    main()
