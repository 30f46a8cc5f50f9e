"""Stop before a non-finite loss or gradient reaches the weights."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner
from torch import Tensor, nn

from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Raise, with the names of the samples, on a loss or gradient of NaN or infinity.

    The losses are checked as they leave the model, the gradients when the optimizer
    is about to step, so the weights are still good when the run stops. Under AMP the
    gradient scaler skips steps of infinite gradients itself; these are not errors.

    Raises:
        FloatingPointError: Names the losses or parameters and the samples.
    """

    def __init__(self) -> None:
        self._handles: list[Any] = []
        self._names: dict[nn.Parameter, str] = {}
        self._data_batch: Any = None
        self._iter = 0

    def before_train(self, runner: Runner) -> None:
        """Listen to the model and to the optimizer."""
        wrapper = runner.optim_wrapper
        several = isinstance(wrapper, OptimWrapperDict)
        optimizers = [w.optimizer for w in (wrapper.values() if several else [wrapper])]
        self._names = {p: name for name, p in runner.model.named_parameters()}
        self._handles = [runner.model.register_forward_hook(self._check_losses)]
        self._handles += [
            optimizer.register_step_pre_hook(self._check_gradients)
            for optimizer in optimizers
        ]

    def after_train(self, runner: Runner) -> None:
        """Stop listening."""
        for handle in self._handles:
            handle.remove()

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Remember the batch, to name it."""
        self._data_batch = data_batch
        self._iter = runner.iter

    def _check_losses(self, model: nn.Module, args: object, losses: object) -> None:
        if not (model.training and isinstance(losses, Mapping)):
            return
        values = {
            name: torch.stack([v.detach().float().mean() for v in _tensors(value)])
            for name, value in losses.items()
            if _tensors(value)
        }
        if not values or torch.cat(list(values.values())).isfinite().all():
            return
        shown = ", ".join(f"{name} = {v.sum():g}" for name, v in values.items())
        raise FloatingPointError(self._message(f"the loss is not finite: {shown}"))

    def _check_gradients(
        self, optimizer: torch.optim.Optimizer, args: object, kwargs: object
    ) -> None:
        parameters = [
            p
            for group in optimizer.param_groups
            for p in group["params"]
            if p.grad is not None
        ]
        if not parameters:
            return
        norms = torch.stack(torch._foreach_norm([p.grad for p in parameters]))
        finite = norms.isfinite()
        if finite.all():
            return
        bad = [
            self._names.get(p, "?")
            for p, ok in zip(parameters, finite.tolist(), strict=True)
            if not ok
        ]
        raise FloatingPointError(
            self._message(
                f"{len(bad)} of {len(parameters)} gradients are not finite: "
                + ", ".join(bad[:5])
                + (", ..." if len(bad) > 5 else "")
            )
        )

    def _message(self, what: str) -> str:
        return (
            f"iteration {self._iter}: {what}. Samples of the batch: "
            f"{', '.join(sample_names(self._data_batch))}. The weights were not "
            "changed. Try: look at the annotation of these frames, a lower learning "
            "rate (--cfg-options optim_wrapper.optimizer.lr=...), gradient clipping "
            "(optim_wrapper.clip_grad.max_norm=...), no --amp"
        )


def sample_names(data_batch: Any) -> list[str]:
    """Return ``video_id:frame`` of the samples in a batch of the data loader."""
    samples = data_batch.get("data_samples", ()) if isinstance(data_batch, dict) else ()
    names = []
    for index, sample in enumerate(samples):
        video_id = sample.get("video_id", f"sample {index}")
        names.append(f"{video_id}:{sample.get('frame', '?')}")
    return names or ["unknown"]


def _tensors(value: object) -> list[Tensor]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [v for v in values if isinstance(v, Tensor)]
