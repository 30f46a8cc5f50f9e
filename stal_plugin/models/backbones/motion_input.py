"""Motion, given to a 3D network as such: differences of successive frames."""

import torch
from torch import Tensor

MOTION_INPUTS = ("none", "differences", "both")
#: Differences of normalised frames are small; times 2 they are about as large as these.
_SCALE = 2.0


def motion_input(clip: Tensor, kind: str) -> Tensor:
    """Return what a 3D network sees of a clip.

    From random weights and in a short training a network learns late to subtract
    frames, and at another time with each seed; actions that look alike in every single
    frame are told apart only then. Subtracting the frames beforehand costs nothing.

    The first frame's difference is zero, hence also that of a repeated first frame.

    Args:
        clip: ``(B, C, T, H, W)``, normalised.
        kind: ``'none'``: the clip itself; ``'differences'``: 2 (x[t] - x[t-1]) in its
            place, ``(B, C, T, H, W)``; ``'both'``: clip and differences,
            ``(B, 2 C, T, H, W)``.

    Returns:
        The input of the network.
    """
    if kind == "none":
        return clip
    steps = _SCALE * (clip[:, :, 1:] - clip[:, :, :-1])
    differences = torch.cat([torch.zeros_like(clip[:, :, :1]), steps], dim=2)
    if kind == "differences":
        return differences
    return torch.cat([clip, differences], dim=1)


def motion_step(frame: Tensor, before: Tensor, has_before: Tensor, kind: str) -> Tensor:
    """Return :func:`motion_input` of the newest frame of streams.

    Args:
        frame: ``(B, C, H, W)``, normalised.
        before: ``(B, C, H, W)``, the frame before it.
        has_before: ``(B, 1, 1, 1)``, 1 or, where a stream begins, 0.
        kind: As of :func:`motion_input`.

    Returns:
        ``(B, C, H, W)``, with ``'both'`` ``(B, 2 C, H, W)``.
    """
    if kind == "none":
        return frame
    difference = _SCALE * (frame - before) * has_before
    return difference if kind == "differences" else torch.cat([frame, difference], 1)
