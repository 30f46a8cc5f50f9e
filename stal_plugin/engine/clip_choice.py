"""Length of the clips for footage of some frame rate."""

CLIP_SECONDS = 0.64  # 16 frames at 25 frames per second, as YOWO's
_LENGTHS = (8, 16, 32)  # that the network takes


def choose_clip(fps: float, clip_len: int = 16) -> tuple[int, int]:
    """Choose length and frame interval, so that a clip lasts about 0.64 s.

    Args:
        fps: Frames per second.
        clip_len: Wanted number of frames; a slow camera gets fewer.

    Returns:
        Number of frames (8, 16 or 32) and distance between them.

    Raises:
        ValueError: An argument is out of range.
    """
    if fps <= 0 or clip_len not in _LENGTHS:
        raise ValueError(
            f"fps={fps} must be above 0, clip_len={clip_len} in {_LENGTHS}"
        )
    frames = CLIP_SECONDS * fps
    fitting = [n for n in _LENGTHS if n <= clip_len and n <= 1.5 * frames]
    length = max(fitting, default=min(_LENGTHS))
    return length, max(1, round(frames / length))
