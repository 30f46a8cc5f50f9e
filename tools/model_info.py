"""Old name of tools/analysis/model_zoo.py: it takes the same arguments."""

import sys

from analysis.model_zoo import main

if __name__ == "__main__":
    print("This is now tools/analysis/model_zoo.py", file=sys.stderr)
    main()
