"""Video and frame of an image, from its path."""

import re
from pathlib import PurePosixPath

_NUMBERED = re.compile(r"(?P<stem>.*?)[-_.]?(?P<number>\d+)$")
# Words that tools put before the number and that are no part of a video's name.
# Roboflow: the old suffixes as words, and a hash.
_ROBOFLOW = re.compile(r"_(jpg|jpeg|png|bmp)\.rf\.[0-9a-zA-Z]+$", re.IGNORECASE)
_OLD_SUFFIX = re.compile(r"_(mp4|avi|mov|mkv|webm|m4v)$", re.IGNORECASE)
_WORDS = re.compile(r"(?:^|[-_.])(?:frame|img|image)$", re.IGNORECASE)


def image_place(name: str) -> tuple[str, int] | None:
    """Find the video and the number of the frame that an image shows.

    Args:
        name: Path of the image: ``kitchen/00012.jpg``, ``kitchen/frame_00012.jpg`` and
            ``kitchen_00012.jpg`` are frame 12 of ``kitchen``, as is Roboflow's
            ``kitchen_mp4-12_jpg.rf.0a1b2c.jpg``.

    Returns:
        Video ('' if the path names none) and number; None if there is no number.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    plain = _ROBOFLOW.sub("", path.stem)
    match = _NUMBERED.fullmatch(plain)
    if not match or len(match["number"]) > 15:
        return None
    parts = [part for part in path.parent.parts if part not in (".", "..", "/")]
    stem = _WORDS.sub("", match["stem"])
    if plain != path.stem:
        stem, parts = _OLD_SUFFIX.sub("", stem), []
    if not parts and stem:
        parts = [stem]
    return "/".join(parts), int(match["number"])
