"""Fit the weights that a training starts from to its own classes."""

from collections.abc import Mapping, Sequence

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from stal_plugin.engine.checkpoints.class_layer import check_same_classes, class_layers
from stal_plugin.engine.checkpoints.transfer import (
    checkpoint_anchors,
    transfer_report,
    transfer_weights,
)
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class FineTuneHook(Hook):
    """Fit the weights of ``load_from`` to the classes of the training data.

    The classes of a checkpoint are in it. Output rows of a class that both have are
    kept by its name, other classes start anew, boxes and all that lies before are
    kept; anchors and class weights are those of the config. A report in the log says
    so. Resuming and testing need the classes of the checkpoint.

    A checkpoint without names of classes gives its layers to classes of the same
    number, if there are as many.
    """

    # before other hooks look at the weights, those of an average for one
    priority = "VERY_HIGH"

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Change the weights in the loaded checkpoint.

        Args:
            runner: The runner.
            checkpoint: What was loaded; changed in place.

        Raises:
            ValueError: In resuming and testing: the checkpoint is of other classes.
        """
        training = isinstance(runner._train_loop, BaseLoop)
        new = _classes_of_data(runner, training)
        meta = checkpoint.get("meta") or {}
        old = _class_names(meta.get("dataset_meta"))
        if not new:
            return
        if not training or runner._resume:
            check_same_classes(old, new, "resume" if training else "test")
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        layers = class_layers(model, len(new))
        names = [layer.anchors for layer in layers.values() if layer.anchors]
        weights = checkpoint_anchors(meta, names)
        for name, weight in checkpoint.get("state_dict", checkpoint).items():
            weights[name.removeprefix("module.")] = weight
        result = transfer_weights(weights, model.state_dict(), layers, old or new, new)
        checkpoint["state_dict"] = result.weights
        for line in transfer_report(result, old, new):
            runner.logger.info(line)


def _classes_of_data(runner: Runner, training: bool) -> list[str]:
    """Names of the classes of the data that is trained on or tested."""
    loops: Sequence = (
        (runner._train_loop,) if training else (runner._test_loop, runner._val_loop)
    )
    for loop in loops:
        if isinstance(loop, BaseLoop):
            return _class_names(getattr(loop.dataloader.dataset, "metainfo", None))
    return []


def _class_names(metainfo: Mapping | None) -> list[str]:
    return list((metainfo or {}).get("classes") or ())
