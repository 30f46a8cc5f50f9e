"""Time the preparation of training clips: benchmark_data.py CONFIG.

Draws random clips of the training set, as a worker of the data loader does, once with
frames decoded each time and once with frames that were kept (cache_gib of DecodeClip),
in turns in one process with one thread. Prints the processor's time of each step, clips
per second of one core, and the ratio. Frames are kept in a folder that is deleted at
the end.
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from typing import Any

import numpy as np

from stal_plugin.engine.cli import (
    add_config_options,
    add_debug_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config

TURNS = 5


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "--clips", type=int, default=200, help="in each turn; default: 200"
    )
    parser.add_argument(
        "--cache-gib", type=float, default=8.0, help="room for frames; default: 8"
    )
    add_config_options(parser)
    add_debug_argument(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print the table."""
    args = parse_args()
    find_config(args.config)
    import cv2
    import torch
    from rich.console import Console

    from stal_plugin.datasets.transforms.decode_clip import ENVIRONMENT
    from stal_plugin.engine.run_config import load_config

    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    cfg = load_config(args.config, None, args.cfg_options)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[ENVIRONMENT] = folder
        rows = {
            "decoded each time": training_set(cfg, 0),
            "kept, first time": training_set(cfg, args.cache_gib),
        }
        clips = chosen_clips(len(rows["decoded each time"]), args.clips)
        results = {name: [prepare(data, clips)] for name, data in rows.items()}
        rows["kept"] = rows["kept, first time"]
        results["decoded each time"].clear()  # it opened the files
        results["kept"] = []
        for _ in range(TURNS):
            for name in ("decoded each time", "kept"):
                results[name].append(prepare(rows[name], clips))
    Console().print(table(results))


def training_set(cfg: Any, cache_gib: float) -> Any:
    """Build the training set of a config, with decoded frames kept or not."""
    from copy import deepcopy

    from mmengine.registry import DefaultScope

    from stal_plugin.datasets.pipeline_steps import pipeline_steps
    from stal_plugin.registry import DATASETS

    settings = deepcopy(cfg.train_dataloader.dataset)
    steps = [dict(step) for step in pipeline_steps(settings.pipeline)]
    decoders = [step for step in steps if step["type"] == "stal_plugin.DecodeClip"]
    if not decoders:
        raise ValueError("the training pipeline has no stal_plugin.DecodeClip")
    decoders[0]["cache_gib"] = cache_gib
    settings["pipeline"] = steps
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmaction")):
        return DATASETS.build(settings)


def chosen_clips(available: int, count: int) -> np.ndarray:
    """Return the places of the clips to prepare, at random, each once."""
    return np.random.default_rng(0).permutation(available)[:count]


def prepare(data: Any, clips: np.ndarray) -> dict[str, float]:
    """Prepare clips as a worker does.

    Returns:
        Processor's milliseconds per clip of each step and of ``"all"``.
    """
    from stal_plugin.datasets.sample_seed import sample_seed

    spent: dict[str, float] = defaultdict(float)
    begin = time.process_time()
    for index in clips.tolist():
        sample = data.get_data_info(index)
        with sample_seed(data.seed, data.epoch, index, restore=False):
            for step in data.pipeline.transforms:
                before = time.process_time()
                sample = step(sample)
                spent[type(step).__name__] += time.process_time() - before
    spent["all"] = time.process_time() - begin
    return {name: 1000 * value / len(clips) for name, value in spent.items()}


def table(results: dict[str, list[dict[str, float]]]) -> Any:
    """Return the medians as a table."""
    from rich.table import Table

    medians = {
        name: {step: np.median([turn[step] for turn in turns]) for step in turns[0]}
        for name, turns in results.items()
    }
    every = {name: [turn["all"] for turn in turns] for name, turns in results.items()}
    first = next(iter(medians.values()))
    shown = Table(title="milliseconds of the processor per clip")
    shown.add_column("")
    for name in results:
        shown.add_column(name, justify="right")
    for step in first:
        shown.add_row(step, *(f"{own[step]:.2f}" for own in medians.values()))
    shown.add_row(
        "all, spread", *(f"{min(own):.2f}-{max(own):.2f}" for own in every.values())
    )
    rates = [1000 / own["all"] for own in medians.values()]
    shown.add_row("clips per second", *(f"{rate:.0f}" for rate in rates))
    shown.add_row("ratio", *(f"{rate / rates[0]:.2f}" for rate in rates))
    return shown


if __name__ == "__main__":
    main()
