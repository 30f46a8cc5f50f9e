"""Write the Agot stand-in: raw footage and CVAT XML like Agot's, but synthetic.

Example:
    python tools/dataset_converters/synthesize_agot.py data/agot_mini/raw --size mini
"""

import argparse
from pathlib import Path

from rich.console import Console
from standin import PROFILES, build_schedule, is_complete, write_standin

from stal_plugin.engine.cli import (
    add_overwrite_argument,
    counting_progress,
    one_line_errors,
)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        The arguments.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out_dir", type=Path, help="folder for the footage")
    parser.add_argument(
        "--size",
        choices=sorted(PROFILES),
        default="mini",
        help="mini: 320x180, 8 classes, about 10,000 frames; longtail: the same "
        "classes, 38:1 instead of 6:1, about 12,000 frames; "
        "full: 1280x720, 24 classes, about 36,000 frames (default: mini)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed (default: 0)")
    add_overwrite_argument(parser)
    args = parser.parse_args(argv)
    if args.seed < 0:
        parser.error(f"--seed {args.seed}: must be 0 or larger")
    return args


@one_line_errors
def main(argv: list[str] | None = None) -> None:
    """Write the stand-in, unless it is already there, and say what it contains.

    Args:
        argv: Arguments; those of the process by default.
    """
    args = parse_args(argv)
    profile = PROFILES[args.size]
    if is_complete(args.out_dir, profile, args.seed):
        print(f"{args.out_dir} already holds this stand-in: nothing to do")
        return
    total = sum(plan.num_frames for plan in build_schedule(profile, args.seed))
    with counting_progress(Console(), "frames") as progress:
        task = progress.add_task(f"Stand-in ({args.size})", total=total)
        description = write_standin(
            args.out_dir,
            profile,
            args.seed,
            lambda frames: progress.advance(task, frames),
            args.overwrite,
        )
    clips = sum(description["clips"].values())
    print(
        f"Wrote {len(description['sources'])} videos, {total} frames, {clips} clips of "
        f"{len(description['clips'])} labels to {args.out_dir}"
    )


if __name__ == "__main__":
    main()
