"""Write checkpoints that load without running code, and load them that way."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.engine.checkpoints.clean_checkpoint import clean_checkpoint
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.engine.checkpoints.safe_load import install_safe_load
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class CleanCheckpointHook(Hook):
    """Clean each checkpoint before it is written; load them under weights_only.

    Building this hook also makes mmengine's loaders safe, so a runner that has it
    resumes its own checkpoints in every supported torch. It must run after the hooks
    that add to the checkpoint (EMA for one), hence its low priority. A checkpoint
    describes itself: ``meta`` holds, as JSON, what ``stal_plugin.apis`` needs (network,
    test pipeline, class names, frame rate), beside mmengine's config text and seed.
    """

    priority = "LOWEST"

    def __init__(self) -> None:
        install_safe_load()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Leave tensors and plain values only, and add what inference needs."""
        dropped = clean_checkpoint(checkpoint)
        if dropped:
            runner.logger.debug(f"not in the checkpoint: {', '.join(dropped)}")
        meta = checkpoint.setdefault("meta", {})
        try:
            config = InferenceConfig.from_settings(
                runner.cfg.to_dict(), meta.get("dataset_meta")
            )
            if config.model:
                meta[META_KEY] = config.to_json()
        except (TypeError, ValueError) as error:
            runner.logger.warning(
                f"the checkpoint does not describe its network: {error}. Inference "
                "then needs the config file"
            )
