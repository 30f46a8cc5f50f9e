"""Batch size that fits the memory."""

import os

import torch
from torch import Tensor, nn

_OPTIMIZER = 4  # weights, gradients and two states of the optimiser
_REST = 2.0  # gradients of activations, workspaces and input, relative to activations
_SHARE = 0.8  # of the free memory


def free_memory(device: str) -> int:
    """Free memory in bytes.

    Args:
        device: ``'cuda'`` or ``'cpu'``.

    Returns:
        Of the current GPU, or of the machine.
    """
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def activation_bytes(model: nn.Module, shape: tuple[int, int, int]) -> int:
    """Measure what the forward pass of one clip keeps for the backward pass.

    Args:
        model: A detector; it runs where its weights are.
        shape: Frames, height and width of the clip.

    Returns:
        Bytes of the distinct tensors, weights left out.
    """
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    clip = torch.zeros(1, 3, *shape, device=next(model.parameters()).device)
    training = model.training
    model.eval()  # one clip is no batch for batch normalisation
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(clip, mode="tensor")
    model.train(training)
    return sum(
        tensor.untyped_storage().nbytes()
        for pointer, tensor in kept.items()
        if pointer not in weights
    )


def choose_batch_size(
    free: int, weight_bytes: int, clip_bytes: int, largest: int
) -> int:
    """Largest batch that fits, with a fifth of the memory to spare.

    Args:
        free: Free memory in bytes.
        weight_bytes: Size of the weights.
        clip_bytes: From :func:`activation_bytes`.
        largest: Largest batch that is wanted.

    Returns:
        1 or more; even above 1.

    Raises:
        ValueError: Not even one clip fits.
    """
    room = _SHARE * free - _OPTIMIZER * weight_bytes
    fits = int(room / ((1 + _REST) * clip_bytes))
    if fits < 1:
        need = (_OPTIMIZER * weight_bytes + (1 + _REST) * clip_bytes) / _SHARE
        raise ValueError(
            f"{free / 2**30:.1f} GiB of memory are free, training one clip needs about "
            f"{need / 2**30:.1f} GiB; use --model mini, or free memory"
        )
    fits = min(fits, largest)
    return fits if fits == 1 else fits - fits % 2
