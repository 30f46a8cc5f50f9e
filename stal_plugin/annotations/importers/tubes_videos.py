"""Find, copy and measure the videos of tubes."""

from collections.abc import Callable, Iterable
from pathlib import Path

from stal_plugin.annotations.importers.footage import VIDEO_SUFFIXES
from stal_plugin.video import FrameFolderReader, VideoProbe, probe_video
from stal_plugin.video.copy_video import copy_video, link_video

_BRING: dict[str, Callable[[Path, Path], Path]] = {
    "copy": copy_video,
    "link": link_video,
    "in-place": lambda source, target: source,
}


def find_videos(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Find the video or the folder of frames of each annotated video.

    Args:
        names: Videos, such as ``'Biking/v_Biking_g01_c01'``.
        folder: Holds them as ``class/video.mp4``, ``video.mp4`` or, as folders of
            images, ``class/video`` or ``video``.

    Returns:
        A path per video.

    Raises:
        FileNotFoundError: Some are missing; names the first ones.
    """
    found = {}
    names = list(names)
    for video in names:
        stems = (folder / video, folder / Path(video).name)
        options = [s.with_name(s.name + e) for s in stems for e in VIDEO_SUFFIXES]
        options += [stem for stem in stems if stem.is_dir()]
        path = next((option for option in options if option.exists()), None)
        if path:
            found[video] = path
    missing = [video for video in names if video not in found]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(names)} videos are not in {folder}, such as "
            f"{missing[:3]} ({', '.join(VIDEO_SUFFIXES)} or a folder of images)"
        )
    return found


def bring_videos(
    videos: dict[str, Path],
    folder: Path,
    how: str,
    fps: float,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, tuple[Path, VideoProbe]]:
    """Copy or link videos, or leave them, and count their frames by decoding.

    A folder of images is counted by its files; its first image tells the size.

    Args:
        videos: Path of each video.
        folder: Folder to put them in, one folder per class.
        how: ``'copy'``, ``'link'`` (symbolic links) or ``'in-place'`` (leave them).
        fps: Frames per second of folders of images.
        advance: Called after each video.

    Returns:
        Path and facts of each video.
    """
    brought = {}
    for video, source in videos.items():
        target = folder / f"{video}.mp4"
        path = _BRING[how](source, target)
        brought[video] = (path, _probe(path, fps))
        advance(1)
    return brought


def _probe(path: Path, fps: float) -> VideoProbe:
    if not path.is_dir():
        return probe_video(path)
    reader = FrameFolderReader(path)
    height, width = reader.read([0])[0].shape[:2]
    return VideoProbe(reader.num_frames, fps, width, height)
