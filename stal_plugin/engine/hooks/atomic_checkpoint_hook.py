"""Save checkpoints so that a crash at any moment leaves one to resume from."""

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from stal_plugin.engine.checkpoints.checkpoint_storage import (
    BACKEND,
    OWN_NAME,
    CheckpointStorage,
)
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook`` for a local disk, crash-safe.

    A checkpoint is written beside its place, forced to the disk and renamed; then
    ``last_checkpoint`` names it; only then is its predecessor deleted. Nothing but
    checkpoints in the run's own folder is ever deleted, whatever a resumed
    checkpoint says.

    Args:
        **kwargs: As of ``mmengine.CheckpointHook``, without ``backend_args``.
    """

    file_backend: CheckpointStorage

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(backend_args={"backend": BACKEND}, **kwargs)

    def before_train(self, runner: Runner) -> None:
        """Correct what a resumed checkpoint says about earlier checkpoints."""
        folder = Path(self.out_dir or runner.work_dir)
        if self.out_dir and self.out_dir != runner.work_dir:
            folder /= Path(runner.work_dir).name
        own_checkpoints_only(runner.message_hub, folder)
        super().before_train(runner)
        self._delete_replaced()

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        super()._save_checkpoint_with_step(runner, step, meta)
        self._delete_replaced()

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        super()._save_best_checkpoint(runner, metrics)
        self._delete_replaced()

    def _delete_replaced(self) -> None:
        if is_main_process():
            self.file_backend.delete_replaced(self.out_dir)


def own_checkpoints_only(message_hub: Any, folder: Path) -> None:
    """Forget the checkpoints of other folders in a resumed message hub.

    Args:
        message_hub: mmengine's; changed in place. A ``best_ckpt`` becomes the file of
            that name in ``folder``, or is dropped, with its score kept.
        folder: Where this run saves checkpoints.
    """
    info = message_hub.runtime_info
    for key in [k for k in info if k.startswith("best_ckpt")]:
        file = folder / Path(str(info[key])).name
        if OWN_NAME.fullmatch(file.name) and file.is_file():
            info[key] = str(file)
        else:
            del info[key]
