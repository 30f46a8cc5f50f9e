from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.validation.video_problems import same_video, video_problems
from stal_plugin.video import VideoProbe


@pytest.fixture
def videos(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    for name in ("a", "b's"):
        make_video(tmp_path / f"videos/{name}.mp4", count=40)
    return tmp_path


def test_json_and_files_agree(videos: Path, header: Annotation) -> None:
    calls: list[int] = []
    found, probes = video_problems(header, videos, "a.json", {}, calls.append)
    assert found == []
    assert probes["a"] == VideoProbe(40, 25.0, 96, 64)
    assert calls == [1, 1]


def test_differences(videos: Path, header: Annotation) -> None:
    facts = {"num_frames": 41, "width": 192, "height": 128, "fps": 30.0}
    changed = replace(header.videos["a"], **facts)
    other = replace(header.videos["b's"], num_frames=90)
    header = replace(header, videos={"a": changed, "b's": other})
    found, _ = video_problems(header, videos, "a.json", {"a": 9}, lambda _: None)
    assert [(p.kind, p.line, p.repair) for p in found] == [
        ("other length than the video", 9, "video facts"),
        ("other size than the video", 9, "video facts"),
        ("other size than the video", 9, "video facts"),
        ("other frame rate than the video", 9, "video facts"),
        ("other length than the video", 0, ""),
    ]
    assert found[0].value == "video 'a': num_frames is 41, the file has 40"


def test_missing_and_broken_files(videos: Path, header: Annotation) -> None:
    (videos / "videos/a.mp4").unlink()
    (videos / "videos/b's.mp4").write_text("no video")
    found, probes = video_problems(header, videos, "a.json", {}, lambda _: None)
    assert [p.kind for p in found] == ["missing video", "unreadable video"]
    assert "there is no 'videos/a.mp4'" in found[0].value
    assert probes == {}


def test_same_video(header: Annotation) -> None:
    info = header.videos["a"]
    assert same_video(info, VideoProbe(42, 25.0, 96, 64))
    assert not same_video(info, VideoProbe(43, 25.0, 96, 64))
    assert not same_video(info, VideoProbe(40, 25.0, 64, 96))
