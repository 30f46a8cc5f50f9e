"""Batch norm folded into the convolutions before it, for networks in test mode."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

_NORMS = (nn.BatchNorm2d, nn.BatchNorm3d)
_CONVOLUTIONS = (nn.Conv2d, nn.Conv3d)
_MARK = "_made_by"  # attribute of a convolution's output


@torch.no_grad()
def fold_batch_norm(model: nn.Module, run: Callable[[], Any]) -> int:
    """Fold batch norms into the convolutions before them, in place.

    In test mode a batch norm scales and shifts channels, as the weights of the
    convolution before it can do as well. Which one that is shows when the network runs:
    its output itself, unchanged, is the input of the norm, each time. Norms of which
    this is not so stay.

    Args:
        model: In test mode; outputs change by rounding only.
        run: Runs all of it once, on an input of any content.

    Returns:
        How many were folded.
    """
    with _watched(model) as pairs:
        run()
    parents = {
        child: (parent, name)
        for parent in model.modules()
        for name, child in parent.named_children()
    }
    used = [conv for conv in pairs.values() if conv is not None]
    count = 0
    for norm, conv in pairs.items():
        if conv is None or used.count(conv) > 1:
            continue
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight,
            conv.bias,
            norm.running_mean,
            norm.running_var,
            norm.eps,
            norm.weight,
            norm.bias,
        )
        parent, name = parents[norm]
        setattr(parent, name, nn.Identity())
        count += 1
    return count


@contextmanager
def _watched(model: nn.Module) -> Iterator[dict[Any, Any]]:
    """While the model runs, note the convolution before each norm; None: not one."""
    pairs: dict[Any, Any] = {}

    def mark(conv: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            setattr(output, _MARK, (conv, output._version))

    def note(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        conv, changes = getattr(inputs[0], _MARK, (None, 0))
        changed = changes != inputs[0]._version
        seen_otherwise = norm in pairs and pairs[norm] is not conv
        pairs[norm] = None if changed or seen_otherwise else conv

    handles = []
    for module in model.modules():
        if isinstance(module, _CONVOLUTIONS):
            handles.append(module.register_forward_hook(mark))
        elif isinstance(module, _NORMS) and module.track_running_stats:
            handles.append(module.register_forward_pre_hook(note))
    try:
        yield pairs
    finally:
        for handle in handles:
            handle.remove()
