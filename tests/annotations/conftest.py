"""Fixtures for annotation files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.annotation_json import header_json

Track = tuple[str, Sequence[tuple]]
HEADER = "video_id,frame,x1,y1,x2,y2,action_id,person_id"


@pytest.fixture(scope="session")
def cvat_text() -> Callable[..., str]:
    """Text of a CVAT export: one task, or a project with several."""

    def track_text(number: int, task: str, track: Track) -> str:
        label, boxes = track
        extra = f' task_id="{task}" subset="default"' if task else ""
        lines = [
            f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" '
            f'xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" z_order="0">\n</box>'
            for frame, outside, x1, y1, x2, y2 in boxes
        ]
        body = "\n".join(lines)
        return f'<track id="{number}" label="{label}"{extra}>\n{body}\n</track>\n'

    def task_text(task_id: str, name: str, length: int, size: tuple[int, int]) -> str:
        return (
            f"<task><id>{task_id}</id><name>{name}</name><size>{length}</size>"
            f"<mode>interpolation</mode><start_frame>0</start_frame>"
            f"<stop_frame>{length - 1}</stop_frame>"
            f"<segments><segment><id>99</id><start>0</start></segment></segments>"
            f"<original_size><width>{size[0]}</width><height>{size[1]}</height>"
            f"</original_size>LABELS<source>{name}.mp4</source></task>"
        )

    def make(
        labels: Sequence[str],
        tasks: dict[str, tuple[str, int]],
        tracks: Sequence[tuple[str, Track]],
        size: tuple[int, int] = (320, 180),
        project: bool = True,
    ) -> str:
        names = "".join(
            f"<label><name>{label}</name><attributes><attribute><name>speed</name>"
            "</attribute></attributes></label>"
            for label in labels
        )
        all_labels = f"<labels>{names}</labels>"
        texts = [task_text(i, name, n, size) for i, (name, n) in tasks.items()]
        if project:
            meta = (
                f"<project><id>7</id><name>kitchen</name><tasks>{''.join(texts)}"
                f"</tasks>{all_labels}</project>"
            ).replace("LABELS", "")
        else:
            meta = texts[0].replace("LABELS", all_labels)
        body = "".join(
            track_text(i, task if project else "", track)
            for i, (task, track) in enumerate(tracks)
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n'
            f"<version>1.1</version><meta>{meta}<dumped>today</dumped></meta>\n"
            f"{body}</annotations>\n"
        )

    return make


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
