"""New videos wait beside the old ones until all of them are cut."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stal_plugin.annotations.importers.segments import SegmentVideo, is_segment
from stal_plugin.annotations.outdated import set_outdated


def waiting(video: SegmentVideo) -> SegmentVideo:
    """Return a video with the path where it waits: in ``videos.next/``.

    Args:
        video: With its final path.
    """
    return replace(video, path=_folder(video) / video.path.name)


def put_in_place(videos: Sequence[SegmentVideo], csv_path: Path) -> None:
    """Move videos that wait to their places; the annotation of before is out of use.

    What waits there besides, cut by a run with other settings that was stopped, is
    deleted.

    Args:
        videos: All that wait, with their final paths.
        csv_path: Annotation of the data set, see :func:`set_outdated`.
    """
    if videos:
        set_outdated(csv_path)
    for video in videos:
        video.path.parent.mkdir(parents=True, exist_ok=True)
        waiting(video).path.replace(video.path)
    for folder in {_folder(video) for video in videos}:
        for path in filter(is_segment, folder.glob("*.mp4")):
            path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _folder(video: SegmentVideo) -> Path:
    folder = video.path.parent
    return folder.with_name(f"{folder.name}.next")
