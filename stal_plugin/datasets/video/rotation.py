"""Rotation that a video asks for in its metadata."""

from os import PathLike

import av


def quarter_turns(frame: av.VideoFrame, path: str | PathLike) -> int:
    """Number of counter-clockwise quarter turns that show a frame upright.

    Args:
        frame: A decoded frame.
        path: The video, for the error.

    Returns:
        0 to 3, for ``numpy.rot90``.

    Raises:
        ValueError: The angle is no multiple of 90 degrees.
    """
    if frame.rotation % 90:
        raise ValueError(
            f"{path} is rotated by {frame.rotation} degrees in its metadata; only "
            "multiples of 90 are supported. Convert it with: ffmpeg -i IN OUT.mp4"
        )
    return frame.rotation // 90 % 4
