"""Names of videos and classes that come from files: what they may look like."""

from pathlib import PurePosixPath, PureWindowsPath

_LONGEST = 400  # characters


def name_problem(name: str) -> str:
    """Say what is wrong with the name of a class or a file.

    Args:
        name: The name.

    Returns:
        What is wrong; '' if nothing is.
    """
    if not name:
        return "is empty"
    if len(name) > _LONGEST:
        return f"has {len(name)} characters, allowed are {_LONGEST}"
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in name):
        return "has control characters, such as a line break"
    return ""


def video_problem(name: str) -> str:
    """Say what is wrong with the name of a video, by which files may be called.

    Args:
        name: The name, such as ``class/video``.

    Returns:
        What is wrong; '' if it is a path that stays inside of its folder.
    """
    outside = (
        PurePosixPath(name).is_absolute()
        or PureWindowsPath(name).anchor
        or ".." in PureWindowsPath(name).parts
    )
    return name_problem(name) or ("leads out of its folder" if outside else "")
