r"""Train and test configs on each fold of a data set, and compare them.

    python tools/dataset_converters/weizmann.py data/weizmann-raw --out data/weizmann
    python tools/cross_validate.py data/weizmann configs/weizmann/*.py --jobs 2 \
        --base yowo-pretrained

A fold is a folder below DIR with annotations.csv, .json and the splits train and test.
Each config is trained and tested on each of them with ``data_root`` set to it: work
folders are OUT/CONFIG/FOLD. A training that was broken off goes on, and what is
finished is not run again: start the command anew after an interruption, or with more
configs. A work folder of other settings is refused. Means and deviations are over the
folds; differences to the base are paired, with their 95 % interval by Student's t.
OUT/runs.json has all scores, also for tools/analysis/paired_seeds.py.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.collected_runs import write_records
from analysis.finished_run import read_run
from analysis.paired_seeds import paired_table
from analysis.paper_tables import to_markdown
from analysis.tool_runs import run_tool
from mmengine.config import Config
from rich.console import Console

from stal_plugin.engine.checkpoints.last_checkpoint import last_intact_checkpoint
from stal_plugin.engine.cli import add_debug_argument, one_line_errors
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.evaluation.scores_file import read_scores
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.wording import counted

SCORE = "frame-mAP@0.5"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("dir", type=Path, help="folder of the folds")
    add("configs", type=Path, nargs="+", metavar="CONFIG")
    add(
        "--base",
        metavar="NAME",
        help="that the others are compared with; default: the first config",
    )
    add("--folds", nargs="+", metavar="FOLD", help="only these; default: all")
    add("--seed", type=int, default=0, help="of all trainings; default: 0")
    add(
        "--jobs", type=int, default=1, help="trainings at a time, which share the cores"
    )
    add("--out", type=Path, help="folder to write; default: work_dirs/<name>-folds")
    add(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="change settings of all configs, e.g. train_cfg.max_epochs=2",
    )
    add_debug_argument(parser)
    args = parser.parse_args()
    names = [config.stem for config in args.configs]
    args.base = args.base or names[0]
    if args.base not in names:
        parser.error(f"--base {args.base} is none of {', '.join(names)}")
    args.out = args.out or Path("work_dirs", f"{args.dir.resolve().name}-folds")
    return args


@dataclass(frozen=True)
class Training:
    """A config on a fold.

    Args:
        config: File.
        fold: Folder with ``annotations.csv``.
        work_dir: For checkpoints, logs and scores.
        options: Of ``--cfg-options`` of train.py and test.py.
        threads: That its processes may use.
    """

    config: Path
    fold: Path
    work_dir: Path
    options: tuple[str, ...]
    threads: int

    @property
    def scores(self) -> Path:
        """Written when all is done."""
        return self.work_dir / "metrics.json"

    def keep_settings(self) -> None:
        """Write down what is trained, beside its checkpoints.

        Raises:
            ValueError: Something else was trained in this work folder.
        """
        kept, now = self.work_dir / "settings.json", self._settings()
        before = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else now
        names = sorted({*before, *now})
        if changed := [n for n in names if before.get(n) != now.get(n)]:
            raise ValueError(
                f"{self.work_dir} was trained with another {', '.join(changed)}: name "
                f"another --out, or delete {self.work_dir} to train it anew"
            )
        if not kept.is_file() and not self.scores.is_file():
            self.work_dir.mkdir(parents=True, exist_ok=True)
            with atomic_file(kept) as part:
                part.write_text(json.dumps(now, indent=1), encoding="utf-8")

    def _settings(self) -> dict[str, str]:
        config = Config.fromfile(find_config(str(self.config))).to_dict()
        annotations = (self.fold / "annotations.csv").read_bytes()
        return {
            "--cfg-options or --seed": " ".join(self.options),
            "annotations.csv": hashlib.sha256(annotations).hexdigest(),
            **{name: repr(value) for name, value in config.items()},
        }

    def run(self) -> float:
        """Train and test if that is not done; return the seconds that it took."""
        begin = time.monotonic()
        if self.scores.is_file():
            return 0.0
        place = ("--work-dir", str(self.work_dir))
        options = ("--cfg-options", *self.options)
        self._tool("train", self.config, *place, "--resume", "auto", *options)
        checkpoint, _ = last_intact_checkpoint(self.work_dir)
        out = ("--out", str(self.work_dir / "predictions.csv"), "--overwrite")
        self._tool("test", self.config, str(checkpoint), *place, *out, *options)
        return time.monotonic() - begin

    def _tool(self, name: str, *arguments: str | Path) -> None:
        run_tool(
            name,
            *arguments,
            log=self.work_dir / "log.txt",
            environment={"OMP_NUM_THREADS": str(self.threads)},
        )


def find_folds(folder: Path, names: Sequence[str] | None) -> list[Path]:
    """Return the folds, sorted by name.

    Args:
        folder: That holds them.
        names: Of those that are wanted; None: all.

    Raises:
        FileNotFoundError: There is none, or not one of a name.
    """
    found = {p.parent.name: p.parent for p in sorted(folder.glob("*/annotations.csv"))}
    if not found:
        raise FileNotFoundError(
            f"no FOLD/annotations.csv in {folder}; for the Weizmann actions:\n"
            f"  python tools/dataset_converters/weizmann.py RELEASE --out {folder}"
        )
    if missing := sorted({*(names or ())} - {*found}):
        raise FileNotFoundError(
            f"no fold {', '.join(missing)} in {folder}, there are: {', '.join(found)}"
        )
    return [found[name] for name in sorted(names or found)]


def plan(args: argparse.Namespace) -> list[Training]:
    """List the trainings, fold by fold.

    Raises:
        ValueError: Two configs have the same name.
        FileNotFoundError: A config or a fold is not there.
    """
    names = [config.stem for config in args.configs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"several configs are called {', '.join(twice)}")
    for config in args.configs:
        find_config(str(config))
    threads = max(1, (os.cpu_count() or 1) // args.jobs)
    return [
        Training(
            config,
            fold,
            args.out / config.stem / fold.name,
            (
                f"data_root={fold.as_posix()}",
                f"randomness.seed={args.seed}",
                *args.cfg_options,
            ),
            threads,
        )
        for fold in find_folds(args.dir, args.folds)
        for config in args.configs
    ]


def run_all(
    trainings: Sequence[Training], jobs: int
) -> Iterator[tuple[Training, float]]:
    """Run several at a time; each comes with its seconds when it is done."""
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(training.run): training for training in trainings}
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@one_line_errors
def main() -> None:
    """Run what is missing, then compare."""
    args = parse_args()
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
    trainings = plan(args)
    for training in trainings:
        training.keep_settings()
    for number, (done, seconds) in enumerate(run_all(trainings, args.jobs), 1):
        score = read_scores(done.scores).metrics[SCORE]
        took = f"{seconds / 60:.1f} min" if seconds else "done before"
        console.print(
            f"{number}/{len(trainings)}: {done.config.stem}, {done.fold.name}: "
            f"{SCORE} {score:.3f}, {took}"
        )
    runs = [replace(read_run(t.work_dir), fold=t.fold.name) for t in trainings]
    write_records(args.out / "runs.json", runs)
    console.print(to_markdown(paired_table(runs, args.base)))
    console.print(f"{counted(len(runs), 'run')} -> {args.out / 'runs.json'}")


if __name__ == "__main__":
    main()
