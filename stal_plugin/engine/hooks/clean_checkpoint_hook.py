"""Write checkpoints that load without running code, and load them that way."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.engine.checkpoints.clean_checkpoint import clean_checkpoint
from stal_plugin.engine.checkpoints.safe_load import install_safe_load
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class CleanCheckpointHook(Hook):
    """Clean each checkpoint before it is written; load them under weights_only.

    Building this hook also makes mmengine's loaders safe, so a runner that has it
    resumes its own checkpoints in every supported torch. It must run after the hooks
    that add to the checkpoint (EMA for one), hence its low priority. A checkpoint
    describes itself: ``meta`` holds the config text, the seed and ``dataset_meta``
    with the class names and the frame rate; ``stal_plugin.apis`` needs nothing else.
    """

    priority = "LOWEST"

    def __init__(self) -> None:
        install_safe_load()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Leave tensors and plain values only."""
        dropped = clean_checkpoint(checkpoint)
        if dropped:
            runner.logger.debug(f"not in the checkpoint: {', '.join(dropped)}")
