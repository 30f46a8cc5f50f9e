"""Where the time of a training step goes: benchmark_step.py CONFIG.

Times the parts of a training step (clips, normalisation, forward with losses, backward,
optimiser) on batches of the config, and the same convolutions, normalisations and
matrix products run one by one with nothing around them: what is above that limit is
the package's own.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from stal_plugin.engine.cli import (
    add_config_options,
    add_debug_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config

PARTS = ("clips", "normalise", "forward", "backward", "optimiser")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("--steps", type=int, default=5, help="default: 5")
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="count this process's work instead of the time that passes",
    )
    add_config_options(parser)
    add_debug_argument(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print the tables."""
    args = parse_args()
    find_config(args.config)
    from mmengine.optim import build_optim_wrapper
    from mmengine.registry import DefaultScope
    from rich.console import Console

    from stal_plugin.engine.data_facts import fill_from_data
    from stal_plugin.engine.run_config import load_config
    from stal_plugin.registry import DATASETS, MODELS

    cfg = load_config(args.config, None, args.cfg_options)
    clock = Clock(args.device, args.cpu_time)
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmaction")):
        fill_from_data(cfg)
        data = DATASETS.build(cfg.train_dataloader.dataset)
        model = (
            MODELS.build(cfg.model).to(args.device).train()
        )  # freezes what is frozen
        optimiser = build_optim_wrapper(model, cfg.optim_wrapper)
        size = cfg.train_dataloader.batch_size
        layers = layers_of(model, data[0], size)
        steps, limits = [], []
        for turn in range(args.steps + 1):
            places = range(turn * size, (turn + 1) * size)
            steps.append(one_step(data, model, optimiser, places, clock))
            limits.append(bare_times(layers, clock))
    Console().print(step_table(steps[1:], limits[1:], size))  # the first warms up


class Clock:
    """Read a clock when the device has done what it was told."""

    def __init__(self, device: str, cpu_time: bool) -> None:
        self.device = device
        self.read = time.process_time if cpu_time else time.perf_counter

    def __call__(self) -> float:
        """Return seconds."""
        if self.device.startswith("cuda"):
            import torch

            torch.cuda.synchronize()
        return self.read()


def one_step(
    data: Any, model: Any, optimiser: Any, places: range, clock: Clock
) -> list[float]:
    """Train one step and return the seconds of each part, see ``PARTS``."""
    from mmengine.dataset import pseudo_collate

    times = [clock()]
    batch = pseudo_collate([data[place % len(data)] for place in places])
    times.append(clock())
    batch = model.data_preprocessor(batch, True)
    times.append(clock())
    losses, _ = model.parse_losses(model(**batch, mode="loss"))
    times.append(clock())
    optimiser.zero_grad()
    optimiser.backward(losses)
    times.append(clock())
    optimiser.step()
    times.append(clock())
    return np.diff(times).tolist()


def layers_of(
    model: Any, sample: Any, batch_size: int
) -> list[tuple[Any, list[tuple[int, ...]], bool]]:
    """Return each layer that is run, the shapes of its inputs, if it takes a gradient.

    Args:
        model: The network.
        sample: One of the data set.
        batch_size: Clips of a batch.
    """
    from mmengine.dataset import pseudo_collate
    from torch import nn
    from torch.nn.modules.batchnorm import _BatchNorm
    from torch.nn.modules.conv import _ConvNd

    found: list[tuple[Any, list[tuple[int, ...]], bool]] = []

    def note(layer: Any, inputs: Any, _: Any) -> None:
        shapes = [tuple(x.shape) for x in inputs]  # a causal layer has a past beside x
        found.append((layer, shapes, inputs[0].requires_grad))

    kinds = (_ConvNd, _BatchNorm, nn.Linear)
    handles = [
        layer.register_forward_hook(note)
        for layer in model.modules()
        if isinstance(layer, kinds)
    ]
    batch = model.data_preprocessor(pseudo_collate([sample] * batch_size), True)
    model(**batch, mode="loss")
    for handle in handles:
        handle.remove()
    return found


def bare_times(layers: list, clock: Clock) -> dict[str, tuple[float, float]]:
    """Run each layer alone; seconds forward and backward of each kind of layer."""
    import torch

    sums: dict[str, tuple[float, float]] = {}
    for layer, shapes, gradient in layers:
        x, *more = (torch.rand(shape, device=clock.device) for shape in shapes)
        run = partial(layer, x.requires_grad_(gradient), *more)
        forward, backward = _both_ways(run, clock)
        before = sums.get(type(layer).__name__, (0.0, 0.0))
        sums[type(layer).__name__] = (before[0] + forward, before[1] + backward)
    return sums


def _both_ways(run: Callable[[], Any], clock: Clock) -> tuple[float, float]:
    import torch

    begin = clock()
    y = run()
    y = y[0] if isinstance(y, tuple) else y
    middle = clock()
    if not y.requires_grad:  # what is frozen, on an input without a gradient
        return middle - begin, 0.0
    y.backward(torch.ones_like(y))
    return middle - begin, clock() - middle


def step_table(
    steps: list[list[float]],
    limits: list[dict[str, tuple[float, float]]],
    batch_size: int,
) -> Any:
    """Return the table of the parts and of the bare layers."""
    from rich.table import Table

    medians = np.median(steps, axis=0) * 1000
    spread = np.ptp(steps, axis=0) * 1000
    shown = Table(title=f"milliseconds of a step of {batch_size} clips")
    for column in ("part", "ms", "max - min", "share"):
        shown.add_column(column, justify="left" if column == "part" else "right")
    for part, value, width in zip(PARTS, medians, spread, strict=True):
        share = f"{value / medians.sum():.1%}"
        shown.add_row(part, f"{value:.1f}", f"{width:.1f}", share)
    shown.add_section()
    for kind in limits[0]:
        both = np.median([turn[kind] for turn in limits], axis=0) * 1000
        text = f"{both[0]:.1f} + {both[1]:.1f}"
        shown.add_row(f"{kind}, bare: forward + backward", text)
    bare = [1000 * sum(map(sum, turn.values())) for turn in limits]
    own = [1000 * (step[2] + step[3]) for step in steps]
    ratios = [a / b for a, b in zip(own, bare, strict=True)]
    shown.add_row("all bare layers", f"{np.median(bare):.1f}", f"{np.ptp(bare):.1f}")
    text = f"{np.median(ratios):.2f}"
    shown.add_row("forward and backward, of that", text, f"{np.ptp(ratios):.2f}")
    return shown


if __name__ == "__main__":
    main()
