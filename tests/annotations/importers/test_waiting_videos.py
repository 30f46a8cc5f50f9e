from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, read_annotation, write_annotation
from stal_plugin.annotations.importers.segments import Segment, SegmentVideo
from stal_plugin.annotations.importers.waiting_videos import put_in_place, waiting
from stal_plugin.video import write_video


def _video(path: Path, level: int, comment: str = "stal_plugin segment v1") -> bytes:
    frames = (np.full((32, 32, 3), level, np.uint8) for _ in range(2))
    write_video(path, frames, 25, comment=comment)
    return path.read_bytes()


def test_videos_take_their_places(tmp_path: Path, annotation: Annotation) -> None:
    csv = tmp_path / "annotations.csv"
    write_annotation(annotation, csv)
    place = tmp_path / "videos" / "a.mp4"
    video = SegmentVideo(Segment(0, 2), place, (32, 32), 25.0, 8)
    assert waiting(video).path == tmp_path / "videos.next" / "a.mp4"
    _video(place, 0)
    new = _video(waiting(video).path, 200)
    _video(tmp_path / "videos.next" / "of another plan.mp4", 99)
    mine = _video(tmp_path / "videos.next" / "mine.mp4", 99, comment="")
    put_in_place([video], csv)
    assert place.read_bytes() == new
    (left,) = (tmp_path / "videos.next").iterdir()
    assert left.read_bytes() == mine
    with pytest.raises(FileNotFoundError, match="out of use: the command that makes"):
        read_annotation(csv)


def test_nothing_waits(tmp_path: Path, annotation: Annotation) -> None:
    csv = tmp_path / "annotations.csv"
    write_annotation(annotation, csv)
    put_in_place([], csv)
    assert len(read_annotation(csv)) == len(annotation)
