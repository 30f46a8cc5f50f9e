"""Plot loss and validation score of a training run against epochs."""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors
from stal_plugin.visualization import plot_training_curve, read_scalars


@one_line_errors
def main() -> None:
    """Read the logs of a work folder and write one PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_dir", type=Path, help="work folder of tools/train.py")
    parser.add_argument("--out", type=Path, help="default: WORK_DIR/training_curve.png")
    parser.add_argument("--metric", default="frame-mAP@0.5", help="score to plot")
    args = parser.parse_args()
    out = args.out or args.work_dir / "training_curve.png"
    plot_training_curve(out, *read_scalars(args.work_dir), args.metric)
    print(out)


if __name__ == "__main__":
    main()
