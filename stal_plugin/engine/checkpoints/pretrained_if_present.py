"""Start a module from a weight file, if the file is there."""

from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model.weight_init import update_init_info
from torch import nn

from stal_plugin.engine.checkpoints.fitting import fit_tensors
from stal_plugin.engine.checkpoints.torch_file import read_state_dict
from stal_plugin.registry import WEIGHT_INITIALIZERS


@WEIGHT_INITIALIZERS.register_module()
class PretrainedIfPresent:
    """Start a module from a weight file; without it, keep the random start.

    One line in the log says which of the two happened. As with mmengine's
    ``Pretrained``, the file wins over every other initialisation of the module and
    its children; what the file does not have keeps that initialisation. mmengine
    knows only its own class for that order, so this one initialises the children
    itself, before it loads. In a list of ``init_cfg`` it must be the last.

    Args:
        checkpoint: File, absolute or relative to where the run starts.
        made_by: What makes the file, e.g. a command; for the log.
        prefix: Of the module's tensors in the file, with a dot, where the file is of a
            whole model: ``'backbone.'``. All other tensors are passed over.

    Raises:
        ValueError: It is not the last of ``init_cfg``, the file cannot be read under
            ``weights_only=True`` (unless trusted), or a shape differs.
    """

    def __init__(self, checkpoint: str, made_by: str, prefix: str = "") -> None:
        self.checkpoint = checkpoint
        self.made_by = made_by
        self.prefix = prefix

    def __call__(self, module: nn.Module) -> None:
        """Load the file into the module."""
        name = type(module).__name__
        if not Path(self.checkpoint).expanduser().is_file():
            print_log(
                f"{name}: no pretrained weights, starts from random ones: "
                f"'{self.checkpoint}' not found. To make it: {self.made_by}",
                logger="current",
            )
            return
        _check_last(module)
        _init_children(module)
        tensors = read_state_dict(self.checkpoint)
        fit = fit_tensors(
            {
                key.removeprefix(self.prefix): tensor
                for key, tensor in tensors.items()
                if key.startswith(self.prefix)
            },
            module.state_dict(),
            advice=f"'{self.checkpoint}' is of another variant of {name}: "
            "tools/convert_weights.py --config tells what differs",
        )
        with torch.no_grad():
            module.load_state_dict(fit.loaded, strict=False)
        if hasattr(module, "_params_init_info"):
            update_init_info(module, init_info=f"loaded from {self.checkpoint}")
        absent = f", {len(fit.missing)} of the model are not in it" * bool(fit.missing)
        unused = f", {len(fit.skipped)} of it are not used" * bool(fit.skipped)
        motion = ", its RGB stem filled up with zeros for motion" * bool(fit.widened)
        print_log(
            f"{name}: pretrained weights: {len(fit.loaded)} tensors of "
            f"'{self.checkpoint}'{absent}{unused}{motion}",
            logger="current",
        )


def _check_last(module: nn.Module) -> None:
    configs = getattr(module, "init_cfg", None)
    if not isinstance(configs, list):
        return
    last = configs[-1]["type"]
    last = last if isinstance(last, str) else last.__name__
    if not last.endswith(PretrainedIfPresent.__name__):
        raise ValueError(
            f"init_cfg of {type(module).__name__} ends with {last!r}, which would "
            "overwrite the pretrained weights: put PretrainedIfPresent last"
        )


def _init_children(module: nn.Module) -> None:
    """Initialise the children now; mmengine then leaves them alone."""
    child: Any
    for child in module.children():
        if hasattr(child, "init_weights") and not getattr(child, "is_init", False):
            child.init_weights()
            child.is_init = True
