"""Plot loss and validation score of a training run against epochs.

A picture in the work folder is replaced, one elsewhere only with --overwrite.
"""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import add_overwrite_argument, one_line_errors
from stal_plugin.files.output_files import check_own_outputs
from stal_plugin.visualization import plot_training_curve, read_scalars


@one_line_errors
def main() -> None:
    """Read the logs of a work folder and write one PNG."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work_dir", type=Path, help="work folder of tools/train.py")
    parser.add_argument("--out", type=Path, help="default: WORK_DIR/training_curve.png")
    parser.add_argument("--metric", default="frame-mAP@0.5", help="score to plot")
    add_overwrite_argument(parser)
    args = parser.parse_args()
    out = args.out or args.work_dir / "training_curve.png"
    if out.suffix.lower() != ".png":
        parser.error(f"--out {out}: the name of a picture must end in .png")
    check_own_outputs([out], (), [args.work_dir], args.overwrite)
    plot_training_curve(out, *read_scalars(args.work_dir), args.metric)
    print(out)


if __name__ == "__main__":
    main()
