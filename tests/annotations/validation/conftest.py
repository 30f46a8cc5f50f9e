"""Data sets with faults."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.annotation_json import header_json

HEADER = "video_id,frame,x1,y1,x2,y2,action_id,person_id"


@pytest.fixture
def header() -> Annotation:
    """Two videos of 40 frames, 96x64 pixels; classes wipe and roll."""
    videos = {
        name: VideoInfo(f"videos/{name}.mp4", 25.0, 96, 64, 40, name, split)
        for name, split in (("a", "train"), ("b's", "test"))
    }
    return Annotation(["wipe", "roll"], videos)


@pytest.fixture
def good_lines() -> list[str]:
    return [
        f"{video},{frame},0.1,0.2,0.5,0.8,{action},0"
        for video in ("a", "b's")
        for frame, action in ((20, 1), (21, 2), (22, 1))
    ]


@pytest.fixture
def write(tmp_path: Path, header: Annotation) -> Callable[..., Path]:
    """Write a csv of some lines and its json; returns the csv."""

    def run(lines: Sequence[str], changed: Annotation | None = None) -> Path:
        path = tmp_path / "annotations.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        text = header_json(header if changed is None else changed)
        path.with_suffix(".json").write_text(text, encoding="utf-8")
        return path

    return run
