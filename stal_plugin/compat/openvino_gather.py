"""What keeps OpenVINO 2026.4 from running int8 graphs of whole clips.

``clip[:, :, -1]`` becomes a Gather with a single index, which drops the time axis. If
the key frame is quantized behind it, OpenVINO's passes for low precision move the
normalisation there too, and its constants ``(1, 3, 1, 1, 1)`` keep the axis: the frame
has five axes then, and the convolution that follows is refused ("a batch and filters
rank do not match", data batch shape ``[1,3,3,112,112]``). A slice of one frame whose
axis is squeezed gives the same. Can go when OpenVINO compiles such a graph.
"""

from torch import Tensor


def last_frame(clip: Tensor) -> Tensor:
    """Return the last frame ``(B, C, H, W)`` of clips ``(B, C, T, H, W)``."""
    return clip[:, :, -1:].squeeze(2)
