"""Write the J-HMDB stand-in: the release's folders and files, but synthetic.

Example:
    python tools/dataset_converters/synthesize_jhmdb.py data/jhmdb-mini/raw
    python tools/dataset_converters/jhmdb.py data/jhmdb-mini/raw --out data/jhmdb-mini
"""

import argparse
from pathlib import Path

from rich.console import Console
from standin.jhmdb_release_writer import is_complete_release, write_release
from standin.release_clip import RELEASE_PROFILES, plan_clips

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
    parser.add_argument("out_dir", type=Path, help="folder for the release")
    parser.add_argument(
        "--size",
        choices=sorted(RELEASE_PROFILES),
        default="mini",
        help="mini: 320x240, 8 classes, 384 videos, about 10,800 frames",
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
    profile = RELEASE_PROFILES[args.size]
    if is_complete_release(args.out_dir, profile, args.seed):
        print(f"{args.out_dir} already holds this stand-in: nothing to do")
        return
    total = sum(clip.length for clip in plan_clips(profile, args.seed))
    with counting_progress(Console(), "frames") as progress:
        task = progress.add_task(f"J-HMDB stand-in ({args.size})", total=total)
        description = write_release(
            args.out_dir,
            profile,
            args.seed,
            lambda frames: progress.advance(task, frames),
            args.overwrite,
        )
    print(
        f"Wrote {len(description['videos'])} videos, {total} frames of "
        f"{len(profile.classes)} classes to {args.out_dir}"
    )


if __name__ == "__main__":
    main()
