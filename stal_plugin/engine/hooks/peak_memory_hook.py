"""Log the largest memory that a run has used so far."""

import multiprocessing
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class PeakMemoryHook(Hook):
    """Log peak memory after each epoch: of this process, its workers and the GPU."""

    def __init__(self) -> None:
        self._worker = 0.0

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Look at the workers while they live."""
        if self.end_of_epoch(runner.train_dataloader, batch_idx):
            self._worker = max(self._worker, peak_worker_memory())

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Look at the workers while they live."""
        if self.end_of_epoch(runner.test_dataloader, batch_idx):
            self._worker = max(self._worker, peak_worker_memory())

    def after_train_epoch(self, runner: Runner) -> None:
        """Log after a training epoch."""
        self._log(runner, "train")

    def after_test_epoch(
        self, runner: Runner, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Log after testing."""
        self._log(runner, "test")

    def _log(self, runner: Runner, mode: str) -> None:
        peaks = {**peak_memory(), "peak_rss_worker": self._worker}
        for name, mib in peaks.items():
            runner.visualizer.add_scalar(f"{mode}/{name}", mib, runner.iter)
        text = "  ".join(f"{name}: {mib:.0f}" for name, mib in peaks.items())
        runner.logger.info(f"peak memory in MiB  {text}")


def peak_memory() -> dict[str, float]:
    """Return peak memory in MiB: ``peak_rss``, and ``peak_gpu`` where there is one."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peaks = {"peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}
    if torch.cuda.is_available():
        peaks["peak_gpu"] = torch.cuda.max_memory_allocated() / 2**20
    return peaks


def peak_worker_memory() -> float:
    """Return the peak memory in MiB of the largest running worker process.

    Only Linux tells this of another process; elsewhere, and without workers, 0.
    """
    workers = multiprocessing.active_children()
    return max((peak_resident(worker.pid) for worker in workers), default=0.0)


def peak_resident(process: int | str | None) -> float:
    """Return the peak memory in MiB of a process, 0 where the system does not tell.

    Unlike ``ru_maxrss``, this does not begin with the peak of the process that started
    this one.
    """
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(s.split()[1]) / 2**10 for s in lines if s.startswith("VmHWM")]
    return max(peaks, default=0.0)
