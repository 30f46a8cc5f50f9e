"""Write checkpoints that load without running code, and load them that way."""

import pickle
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.compat.clean_checkpoint import clean_checkpoint, to_plain
from stal_plugin.compat.safe_load import install_safe_load
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class CleanCheckpointHook(Hook):
    """Clean each checkpoint before it is written; load them under weights_only.

    Building this hook also makes mmengine's loaders safe, so a runner that has it
    resumes its own checkpoints in every supported torch. It must run after the hooks
    that add to the checkpoint (EMA for one), hence its low priority. A checkpoint
    describes itself: ``meta`` holds the config text, the seed and ``dataset_meta``
    with the class names.
    """

    priority = "LOWEST"

    def __init__(self) -> None:
        install_safe_load()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Leave tensors and plain values only."""
        dropped = clean_checkpoint(checkpoint)
        if dropped:
            runner.logger.debug(f"not in the checkpoint: {', '.join(dropped)}")

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep mmengine from calling equal class names different.

        It compares pickled bytes, and these differ between a list of strings and the
        same list after loading.
        """
        dataset = getattr(runner._train_loop, "dataloader", None)
        current = getattr(getattr(dataset, "dataset", None), "metainfo", None)
        meta = checkpoint.get("meta")
        if not isinstance(meta, dict) or current is None:
            return
        if _same(current, meta.get("dataset_meta")):
            meta["dataset_meta"] = current


def _same(current: Any, loaded: Any) -> bool:
    plain = to_plain(current, "dataset_meta", lambda name: None)
    return pickle.dumps(plain) == pickle.dumps(loaded) or plain == loaded
