"""A resumed training follows the schedule of its config, not that of the checkpoint."""

import warnings
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from stal_plugin.registry import HOOKS

# What a scheduler counts; all else of its state is a setting.
_PROGRESS = ("last_step", "_global_step", "_last_value", "verbose")


@HOOKS.register_module()
class ResumeScheduleHook(Hook):
    """Recompute learning rates where a resumed run was given another length.

    Upstream fault (mmengine 0.10.7): ``Runner.resume`` restores the settings of the
    schedulers (such as ``total_steps``) with their counters, so that with another
    ``max_epochs`` the old schedule ends early and its last learning rate stays; and it
    restores the number of iterations, which is wrong for another batch size or data
    set. Here the config's schedule is stepped to the epoch of the checkpoint, and a
    warning says so. A run whose config did not change is left as it is, to the bit.
    """

    priority = "VERY_HIGH"

    def before_run(self, runner: Runner) -> None:
        """Remember the schedule of the config; checkpoints are loaded after this."""
        if not runner._resume:  # in a test the schedulers are not even built
            return
        self._fresh = [deepcopy(s.state_dict()) for s in _schedulers(runner)]
        optimizer = getattr(runner.optim_wrapper, "optimizer", None)
        self._groups = [
            {k: v for k, v in group.items() if k != "params"}
            for group in (optimizer.param_groups if optimizer else ())
        ]

    def before_train(self, runner: Runner) -> None:
        """Compare with what was restored."""
        if not runner._resume or not runner.iter or not self._groups:
            return
        schedulers = _schedulers(runner)
        changes = [
            f"{type(s).__name__}.{key} {old!r} -> {new!r}"
            for s, fresh in zip(schedulers, self._fresh, strict=True)
            for key, old, new in changed_settings(s.state_dict(), fresh)
        ]
        iterations = _iterations(runner)
        if iterations != runner.iter:
            changes.append(f"iterations {runner.iter} -> {iterations}")
            runner.train_loop._iter = iterations
        if changes:
            self._replay(runner, schedulers)
            rate = runner.optim_wrapper.optimizer.param_groups[0]["lr"]
            runner.logger.warning(
                "resume: the schedule of the config is not that of the checkpoint "
                f"({'; '.join(changes)}). The config's is followed: epoch "
                f"{runner.epoch + 1} begins with lr {rate:.3g}"
            )

    def _replay(self, runner: Runner, schedulers: Sequence[Any]) -> None:
        """Step the config's schedule from the start to where the run is."""
        for group, fresh in zip(
            runner.optim_wrapper.optimizer.param_groups, self._groups, strict=True
        ):
            group.update(fresh)
        for scheduler, fresh in zip(schedulers, self._fresh, strict=True):
            scheduler.load_state_dict(deepcopy(fresh))
        by_epoch = max(runner.iter // max(runner.epoch, 1), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "step() before optimizer.step()"
            for step in range(1, runner.iter + 1):
                for scheduler in schedulers:
                    if not scheduler.by_epoch or step % by_epoch == 0:
                        scheduler.step()


def changed_settings(
    restored: dict[str, Any], fresh: dict[str, Any]
) -> list[tuple[str, Any, Any]]:
    """Compare the states of two schedulers, what they count left out.

    Returns:
        Name, restored and fresh value of each setting that differs.
    """
    return [
        (key, restored.get(key), fresh.get(key))
        for key in fresh
        if key not in _PROGRESS and restored.get(key) != fresh.get(key)
    ]


def _schedulers(runner: Runner) -> list[Any]:
    schedulers = runner.param_schedulers
    return schedulers if isinstance(schedulers, list) else []


def _iterations(runner: Runner) -> int:
    """Iterations that the finished epochs have with this data and batch size."""
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        return runner.epoch * len(runner.train_dataloader)
    return runner.iter
