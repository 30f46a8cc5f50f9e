"""Size of converted videos."""


def output_size(text: str, width: int, height: int) -> tuple[int, int]:
    """Size to scale a video to.

    Args:
        text: ``'keep'``, ``'WxH'``, or the length of the short side, which only ever
            shrinks a video and keeps its aspect ratio.
        width: Width of the footage in pixels.
        height: Height of the footage in pixels.

    Returns:
        Even width and height (H.264 with yuv420p has no odd ones).

    Raises:
        ValueError: The text is none of the three.
    """
    parts = text.lower().split("x")
    if text == "keep":
        size = (float(width), float(height))
    elif len(parts) == 2 and all(p.isdecimal() and int(p) > 0 for p in parts):
        size = (float(parts[0]), float(parts[1]))
    elif len(parts) == 1 and text.isdecimal() and int(text) > 0:
        scale = min(1.0, int(text) / min(width, height))
        size = (width * scale, height * scale)
    else:
        raise ValueError(f"size {text!r} is none of: keep, 160x90, 256 (short side)")
    even = [max(2, 2 * round(length / 2)) for length in size]
    return even[0], even[1]
