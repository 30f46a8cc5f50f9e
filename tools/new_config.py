"""Write a config that trains on your own data set.

    python tools/new_config.py data/mine
    python tools/train.py data/mine/config.py

    python tools/new_config.py data/mine --model actor

With --model actor the config trains only a head, on what a person detector and a clip
network that were trained elsewhere see of the videos: minutes on two cores, from a few
clips of each class (docs/actor.md).

DIR was made by tools/data.py import and split. The config has its classes, counts of
training frames, K-means anchors, a clip length that fits the frame rate and a batch
size that fits the memory of the GPU, or of the machine if there is none.
"""

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from stal_plugin.engine.cli import add_debug_argument, one_line_errors
from stal_plugin.engine.next_step import next_step
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.output_files import check_outputs

CONFIGS = Path(__file__).resolve().parents[1] / "configs" / "_base_"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("dir", type=Path, help="data set with annotations.csv and .json")
    add("--out", type=Path, help="file to write; default: DIR/config.py")
    add("--model", choices=("auto", "mini", "full", "actor"), default="auto")
    add("--weights", metavar="DIR", help="of --model actor: see tools/predict.py")
    add("--size", type=int, help="pixels of the network's input; default: the model's")
    add("--batch-size", type=int, help="default: what fits the memory, 32 at most")
    add("--balance", action="store_true", help="weigh rare classes more (ENFLoss)")
    add(
        *("--overwrite", "--force"),
        action="store_true",
        help="replace a config that is there",
    )
    add_debug_argument(parser)
    return parser.parse_args()


def batch_size_of(path: Path, largest: int) -> int:
    """Build the network of a config and see how many clips fit."""
    import torch
    from mmengine.config import Config
    from mmengine.registry import DefaultScope

    from stal_plugin.datasets.pipeline_steps import clip_shape
    from stal_plugin.engine.batch_size import (
        activation_bytes,
        choose_batch_size,
        free_memory,
    )
    from stal_plugin.registry import MODELS

    cfg = Config.fromfile(path)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with DefaultScope.overwrite_default_scope("mmaction"):
        model = MODELS.build(cfg.model)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    clip = activation_bytes(model, clip_shape(cfg))
    return choose_batch_size(free_memory(device), weights, clip, largest)


def write_actor(args: argparse.Namespace, console: Console) -> None:
    """Write a config for the head of an actor detector."""
    import stal_plugin  # noqa: F401  (mends the host packages)
    from stal_plugin.annotations import read_annotation
    from stal_plugin.engine.own_actor_config import actor_config_text, step_interval
    from stal_plugin.engine.pretrained import pretrained

    if args.size or args.balance:
        raise ValueError("--model actor has no --size and no --balance")
    out = args.out or args.dir / "config.py"
    data = (args.dir / "annotations.csv", args.dir / "annotations.json")
    check_outputs([out], data, args.overwrite)
    annotation = read_annotation(args.dir / "annotations.csv")
    weights = pretrained("kinetics600", args.weights, console.print)
    text = actor_config_text(
        annotation,
        weights,
        args.dir.as_posix(),
        Path(os.path.relpath(CONFIGS, out.resolve().parent)).as_posix(),
        args.batch_size or 64,
        f"work_dirs/{args.dir.resolve().name}-actor",
    )
    with atomic_file(out) as part:
        part.write_text(text, encoding="utf-8")
    console.print(
        f"{len(annotation.classes)} classes; the clip network sees every "
        f"{step_interval(annotation)}. frame\n-> {out}\n{next_step('train', out)}",
        soft_wrap=True,
        markup=False,
    )


def write(args: argparse.Namespace, console: Console) -> None:
    """Measure, write, report."""
    import torch

    import stal_plugin  # noqa: F401  (mends the host packages)
    from stal_plugin.annotations import read_annotation
    from stal_plugin.engine.own_config import config_text, facts_of

    out = args.out or args.dir / "config.py"
    data = (args.dir / "annotations.csv", args.dir / "annotations.json")
    check_outputs([out], data, args.overwrite)
    if args.size is not None and (args.size < 64 or args.size % 32):
        raise ValueError(f"--size is {args.size}, must be a multiple of 32 from 64 on")
    on_gpu = torch.cuda.is_available()
    model = args.model if args.model != "auto" else "full" if on_gpu else "mini"
    facts = facts_of(read_annotation(args.dir / "annotations.csv"), model, args.size)

    def text(batch_size: int, base: str) -> str:
        return config_text(
            facts,
            model,
            args.dir.as_posix(),
            base,
            batch_size,
            f"work_dirs/{args.dir.resolve().name}",
            args.balance,
        )

    largest = 32 if on_gpu else 8
    batch_size = args.batch_size
    if not batch_size:
        with tempfile.TemporaryDirectory() as folder:
            tried = Path(folder, "config.py")
            tried.write_text(text(1, CONFIGS.as_posix()), encoding="utf-8")
            batch_size = batch_size_of(tried, largest)
    base = Path(os.path.relpath(CONFIGS, out.resolve().parent)).as_posix()
    with atomic_file(out) as part:
        part.write_text(text(batch_size, base), encoding="utf-8")
    anchors = " ".join(f"{w:.0f}x{h:.0f}" for w, h in facts.anchors)
    console.print(
        f"{len(facts.classes)} classes, training frames {facts.counts}\n"
        f"anchors {anchors} (recall {facts.recall:.2f} at IoU 0.5)\n"
        f"clips of {facts.clip_len} frames, every {facts.frame_interval}. frame; "
        f"batch size {batch_size}; several labels per box: {facts.multilabel}"
    )
    if len(facts.anchors) < 5:
        few = f"different sizes of boxes: {len(facts.anchors)}, hence so many anchors"
        console.print(f"[yellow]note:[/] {few}")
    if facts.sparse:
        console.print(
            "[yellow]only some frames seem to be labelled:[/] those without a box do "
            "not train, but the test counts detections on them as wrong, unless the "
            "json lists the labelled ones (tools/data.py validate tells how)"
        )
    if not args.balance and max(facts.counts) >= 10 * max(1, min(facts.counts)):
        console.print("some classes are ten times as frequent as others: try --balance")
    console.print(f"-> {out}\n{next_step('train', out)}", soft_wrap=True, markup=False)


@one_line_errors
def main() -> None:
    """Write."""
    args = parse_args()
    console = Console(highlight=False, emoji=False)
    if args.model == "actor":
        write_actor(args, console)
    else:
        write(args, console)


if __name__ == "__main__":
    main()
