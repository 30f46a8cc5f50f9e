"""Where the key frame is in a clip."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from stal_plugin.compat.openvino_gather import last_frame

KEY_FRAMES = ("last", "centre")


def key_frame_of(clip: Tensor, key_frame: str) -> Tensor:
    """Return the key frames ``(B, C, H, W)`` of clips.

    Args:
        clip: ``(B, C, T, H, W)``.
        key_frame: ``'last'``, or ``'centre'``, which is place T // 2 from 0.
    """
    if key_frame == "last":
        return last_frame(clip)
    return last_frame(clip[:, :, : int(clip.shape[2]) // 2 + 1])


def check_key_frame(
    key_frame: str, is_causal: bool, links: Sequence[Mapping[str, Any]]
) -> None:
    """Require a place of the key frame that suits the parts of a LinkNet.

    Args:
        key_frame: Its place.
        is_causal: Whether the 3D branch is causal.
        links: Config of its links.

    Raises:
        ValueError: It is unknown, or the centre where parts take the last frame.
    """
    if key_frame not in KEY_FRAMES:
        raise ValueError(f"key_frame={key_frame!r} must be one of {KEY_FRAMES}")
    of_last = any(entry.get("frames") == "keyframe" for entry in links)
    if key_frame == "centre" and (is_causal or of_last):
        raise ValueError(
            "key_frame='centre' needs a 3D branch that is not causal, and links with "
            "frames='all': these give the map of the last frame"
        )
