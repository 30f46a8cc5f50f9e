"""Number format and memory layout of the network, chosen by measurement."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

#: A format must be faster than the plain one by this factor.
_WORTHWHILE = 1.1
#: A format that is slower than the best by this factor is not measured again.
_HOPELESS = 2.0


@dataclass(frozen=True)
class Precision:
    """Number format and memory layout of a network.

    Args:
        amp: Autocast: float16 on a GPU, bfloat16 elsewhere.
        channels_last: Layout of ``stal_plugin.LinkNet``; None leaves it as configured.
    """

    amp: bool = False
    channels_last: bool | None = None

    def __str__(self) -> str:
        layout = {None: "", False: ", contiguous", True: ", channels last"}
        return ("amp" if self.amp else "fp32") + layout[self.channels_last]

    def autocast(self, device: torch.device) -> AbstractContextManager:
        """Return the context to run the network in."""
        if not self.amp:
            return nullcontext()
        dtype = torch.float16 if device.type == "cuda" else torch.bfloat16
        return torch.autocast(device.type, dtype)

    def apply(self, model: Any) -> None:
        """Set the layout, if the backbone has one."""
        backbone: Any = getattr(model, "backbone", None)
        if self.channels_last is not None and hasattr(backbone, "channels_last"):
            backbone.channels_last = self.channels_last


#: Each format with each layout: the plain one, then what promises most.
ALL_PRECISIONS = (
    Precision(False, False),
    Precision(True, True),
    Precision(False, True),
    Precision(True, False),
)


def fastest(
    run: Callable[[Precision], Any],
    options: Sequence[Precision] = ALL_PRECISIONS,
    repeats: int = 3,
    seconds: float = 10.0,
) -> Precision:
    """Find the fastest format on this machine.

    A processor without bfloat16 imitates it, many times slower: after its first run, an
    option that takes more than twice the best time is not run again.

    Args:
        run: Runs the network once; returns when it is done.
        options: What to try. The first is kept unless another is faster by 10 %.
        repeats: Runs of each; the best counts. One more comes before, to warm up.
        seconds: Time after which no further option is tried: of a large network on a
            slow machine, only the first ones are.
    """
    begin, times = time.perf_counter(), [float("inf")] * len(options)
    for index, option in enumerate(options):
        if index and time.perf_counter() - begin > seconds:
            break
        run(option)
        for _ in range(repeats):
            start = time.perf_counter()
            run(option)
            times[index] = min(times[index], time.perf_counter() - start)
            if times[index] > _HOPELESS * min(times):
                break
    winner = min(range(len(times)), key=times.__getitem__)
    return options[winner if times[winner] * _WORTHWHILE < times[0] else 0]
