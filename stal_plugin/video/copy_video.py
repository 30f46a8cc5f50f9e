"""Bring a video into a data set without encoding it again."""

import shutil
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import av
import numpy as np

from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.video.open_video import open_video
from stal_plugin.video.video_index import build_video_index


def _nothing() -> None:
    """Do nothing."""


def copy_video(
    source: Path, target: Path, before_replacing: Callable[[], None] = _nothing
) -> Path:
    """Copy a video; its packets go into a plain mp4 where that is possible.

    The new header counts the frames. Some decoders (decord, OpenCV's frame count) fail
    on streams whose header does not, such as fragmented mp4. The frames stay the same.

    Args:
        source: Video file or folder of images.
        target: The copy, ending in ``.mp4``.
        before_replacing: Called before a copy of something else is replaced.

    Returns:
        The copy: ``target``, or with the source's suffix (none for a folder).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        folder = target.with_suffix("")
        part = folder.with_name(f"{folder.name}.part")
        if not folder.is_dir():
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part)
            part.replace(folder)
        return folder
    stamp = f"stal_plugin copy v2, {source.name}, {source.stat().st_size} bytes"
    if _stamp_of(target) == stamp or _remux(source, target, stamp, before_replacing):
        return target
    copy = target.with_name(f"{target.stem}{source.suffix}")
    if not copy.is_file() or copy.stat().st_size != source.stat().st_size:
        with atomic_file(copy) as part:
            shutil.copyfile(source, part)
            if copy.is_file():
                before_replacing()
    return copy


def link_video(
    source: Path, target: Path, before_replacing: Callable[[], None] = _nothing
) -> Path:
    """Make a symbolic link to a video.

    Args:
        source: Video file or folder of images.
        target: The link; its suffix becomes that of the source.
        before_replacing: Called before a link to something else is replaced.

    Returns:
        The link.
    """
    link = target.with_name(target.stem + source.suffix)
    if link.exists() and link.resolve() != source.resolve():
        before_replacing()
    link.parent.mkdir(parents=True, exist_ok=True)
    part = link.with_name(f"{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    part.replace(link)
    return link


def _remux(
    source: Path, target: Path, stamp: str, before_replacing: Callable[[], None]
) -> bool:
    """Write the packets of a video to a plain mp4; False where mp4 cannot hold them."""
    pts = build_video_index(source).pts
    if pts is None:
        return False
    step = int(np.median(np.diff(pts))) if len(pts) > 1 else 0
    container, stream = open_video(source)
    part = target.with_name(f"{target.name}.part")
    try:
        with (
            container,
            av.open(
                str(part), "w", format="mp4", options={"movflags": "faststart"}
            ) as output,
        ):
            output.metadata["comment"] = stamp
            copied = output.add_stream_from_template(stream)
            for packet in container.demux(stream):
                if packet.size:
                    # Without the last frame's duration the header's rate is wrong, and
                    # OpenCV, which seeks by it, yields other frames.
                    packet.duration = packet.duration or step
                    packet.stream = copied
                    output.mux(packet)
        if target.is_file():
            before_replacing()
        part.replace(target)
    except (av.FFmpegError, ValueError):
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def _stamp_of(path: str | PathLike) -> str | None:
    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment")
    except (av.FFmpegError, OSError):
        return None
