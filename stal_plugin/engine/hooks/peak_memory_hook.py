"""Log the largest memory that a run has used so far."""

import resource
import sys
from collections.abc import Mapping

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class PeakMemoryHook(Hook):
    """Log peak memory after each epoch: of this process, its workers and the GPU."""

    def after_train_epoch(self, runner: Runner) -> None:
        """Log after a training epoch."""
        self._log(runner, "train")

    def after_test_epoch(
        self, runner: Runner, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Log after testing."""
        self._log(runner, "test")

    def _log(self, runner: Runner, mode: str) -> None:
        peaks = peak_memory()
        for name, mib in peaks.items():
            runner.visualizer.add_scalar(f"{mode}/{name}", mib, runner.iter)
        text = "  ".join(f"{name}: {mib:.0f}" for name, mib in peaks.items())
        runner.logger.info(f"peak memory in MiB  {text}")


def peak_memory() -> dict[str, float]:
    """Return peak memory in MiB.

    Returns:
        ``peak_rss`` of this process, ``peak_rss_worker`` of its largest ended child
        (0 while the workers run), ``peak_gpu`` where there is one.
    """
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peaks = {
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "peak_rss_worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        / unit,
    }
    if torch.cuda.is_available():
        peaks["peak_gpu"] = torch.cuda.max_memory_allocated() / 2**20
    return peaks
