"""Trouble that people had in public with annotations, in small, from end to end.

Each test says what is right; what happened before is in the README of the case.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.tool_server import ToolServer

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.engine.shipped_files import shipped_folder

pytestmark = pytest.mark.data

Import = Callable[..., tuple[Annotation, str]]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory, shared_cases: Path) -> Path:
    """Folder with the clips that the cases share."""
    folder = tmp_path_factory.mktemp("cases")
    script = shared_cases / "make_videos.py"
    subprocess.run([sys.executable, script], cwd=folder, check=True)
    return folder


@pytest.fixture
def run(
    shared_cases: Path, tmp_path: Path, tool_server: ToolServer
) -> Callable[..., tuple[int, str]]:
    """Run ``data.py import`` on files of a case; exit status and all that it says."""

    def execute(case: str, *args: object) -> tuple[int, str]:
        tool = shipped_folder("tools") / "data.py"
        words = [tool, "import", *args, "--out", tmp_path / "out", "--overwrite"]
        done = tool_server.run(words, shared_cases / case)
        return done.returncode, done.stdout + done.stderr

    return execute


@pytest.fixture
def imported(run: Callable[..., tuple[int, str]], tmp_path: Path) -> Import:
    """Import and read what was written; with all notes."""

    def execute(case: str, *args: object) -> tuple[Annotation, str]:
        status, text = run(case, *args)
        assert status == 0, text
        return read_annotation(tmp_path / "out/annotations.csv"), text

    return execute


def _frames(annotation: Annotation) -> list[int]:
    return annotation.rows.frames.tolist()


def test_anamorphic_video(imported: Import) -> None:
    """A browser shows 720x480 as 853x480; the person is at x 0.694..0.833."""
    annotation, _ = imported("anamorphic_video", "--from", "via", "via.json", "v")
    box = annotation.rows.boxes[0]
    assert box == pytest.approx([0.694, 0.208, 0.833, 0.833], abs=1.5e-3)


def test_coco_frame_id_against_name(
    run: Callable, imported: Import, videos: Path
) -> None:
    case, form = "coco_frame_id_against_name", ("--from", "coco")
    status, text = run(case, *form, "sampled.json", videos / "videos")
    assert status == 1
    assert "--frames-by number or --frames-by name" in text
    source = ("sampled.json", videos / "videos", "--frames-by", "name")
    assert _frames(imported(case, *form, *source)[0]) == [1, 31, 61]
    status, text = run(case, *form, "from_one.json", videos / "videos")
    assert status == 1
    assert "--frame-base 1" in text


def test_frames_of_coco_from_1(imported: Import, videos: Path) -> None:
    source = ("from_one.json", videos / "videos", "--frame-base", "1")
    annotation, _ = imported("coco_frame_id_against_name", "--from", "coco", *source)
    assert _frames(annotation) == list(range(1, 31))


def test_cvat_frame_step(imported: Import, videos: Path) -> None:
    source = ("annotations.xml", videos / "videos")
    annotation, _ = imported("cvat_frame_step", "--from", "cvat", *source)
    assert annotation.videos["clip"].labelled_frames().tolist() == [*range(1, 174, 10)]
    assert sorted(_frames(annotation)) == sorted([*range(1, 102, 10), 51])


@pytest.mark.parametrize("name", ["polygon", "rotated", "skeleton", "twice", "flat"])
def test_cvat_one_odd_shape(imported: Import, videos: Path, name: str) -> None:
    source = (f"{name}.xml", videos / "videos")
    annotation, text = imported("cvat_one_odd_shape", "--from", "cvat", *source)
    sat = annotation.rows.boxes[annotation.rows.labels == 1] * [340, 256, 340, 256]
    if name == "polygon":
        assert sat[0] == pytest.approx([10, 10, 60, 90], abs=1e-3)
    if name == "rotated":  # 70x160 about (235, 120), turned by 12.5 degrees
        assert sat[0] == pytest.approx([183.5, 34.3, 286.5, 205.7], abs=0.1)
        assert "1 rotated boxes, taken by their extent" in text
    if name == "twice":
        assert len(sat) == 30
    if name in ("skeleton", "flat"):
        assert "1 boxes and shapes without area, left out" in text


@pytest.mark.parametrize("name", ["polygon", "rotated"])
def test_cvat_one_odd_shape_of_an_ignored_label(
    imported: Import, videos: Path, name: str
) -> None:
    source = (f"{name}.xml", videos / "videos", "--ignore", "sit")
    annotation, text = imported("cvat_one_odd_shape", "--from", "cvat", *source)
    assert annotation.classes == ["wave"]
    assert "1 tracks with an ignored label" in text


def test_frames_every_second(imported: Import) -> None:
    annotation, text = imported(
        "frames_every_second", "--from", "coco", "a.json", "frames"
    )
    assert _frames(annotation) == list(range(1, 31))
    assert annotation.videos["clip"].fps == 12.5
    assert "images are numbered in steps of 2" in text


def test_roboflow_stretched(run: Callable, imported: Import, videos: Path) -> None:
    source = ("--from", "coco", "stretched.json", videos / "videos")
    status, text = run("roboflow", *source)
    assert status == 1
    assert all(option in text for option in ("--stretched", "--sampled-fps", "--step"))
    annotation, _ = imported("roboflow", *source, "--stretched", "--step", 1)
    assert annotation.rows.boxes[0, ::2] == pytest.approx([20 / 640, 90 / 640])


@pytest.mark.parametrize("option", [("--step", 5), ("--sampled-fps", 5)])
def test_roboflow_sampled(imported: Import, videos: Path, option: tuple) -> None:
    source = ("sampled_5fps.json", videos / "videos", *option)
    annotation, _ = imported("roboflow", "--from", "coco", *source)
    assert _frames(annotation) == list(range(1, 172, 5))


@pytest.mark.parametrize("form", ["via", "ava"])
def test_via_vfr(imported: Import, form: str) -> None:
    """3 s at 10, then 3 s at 50 frames per second: second 2 is frame 21."""
    source = "via.json" if form == "via" else "ava.csv"
    annotation, text = imported("via_vfr", "--from", form, source, "videos")
    assert _frames(annotation) == [21, 81]
    assert "its frame rate varies" in text


def test_short_avi_rate(imported: Import) -> None:
    """25 frames per second, not 26: second 2 is frame 51."""
    annotation, _ = imported("short_avi_rate", "--from", "ava", "a.csv", "short.avi")
    assert _frames(annotation) == [51]
    assert annotation.videos["short"].fps == 25
    assert np.isfinite(annotation.rows.boxes).all()


def test_many_annotation_files(imported: Import, videos: Path) -> None:
    source = ("xml/clip.xml", "xml/other.xml", videos / "videos_two")
    for sources in (source, ("xml", videos / "videos_two")):
        annotation, text = imported("many_annotation_files", *sources)
        assert annotation.classes == ["wave", "sit"]
        assert annotation.rows.video_ids.tolist() == ["clip"] * 61 + ["other"] * 61
        assert "other.xml: 1 video, 61 boxes" in text


@pytest.mark.parametrize("name", ["task_1.zip", "annotations.xml.gz"])
def test_zipped_export(imported: Import, videos: Path, name: str) -> None:
    annotation, _ = imported("zipped_export", name, videos / "videos")
    assert len(annotation) == 61


@pytest.mark.parametrize("video", ["v", "v/clip.mts"])
def test_suffixes_that_import_does_not_know(imported: Import, video: str) -> None:
    annotation, _ = imported("suffixes_that_import_does_not_know", "a.csv", video)
    assert annotation.videos["clip"].num_frames == 174


def test_label_studio_video(run: Callable, imported: Import, videos: Path) -> None:
    status, text = run(
        "label_studio_video", "--from", "coco", "export.json", videos / "videos"
    )
    assert status == 1
    assert "this is a Label Studio export: --from labelstudio" in text
    annotation, _ = imported("label_studio_video", "export.json", videos / "videos")
    assert _frames(annotation) == list(range(11, 31))
    assert annotation.rows.boxes[:, 0] == pytest.approx(
        [0.06 + i / 200 for i in range(20)]
    )


def test_ucf24_pyannot_pkl(imported: Import, videos: Path) -> None:
    """Boxes are of 320x240 pixels; sf and ef count from 0, ef is behind the last."""
    source = ("pyannot.pkl", videos / "videos", "--size", "320x240")
    annotation, _ = imported("ucf24_pyannot_pkl", *source)
    assert _frames(annotation) == list(range(1, 101))
    assert annotation.rows.boxes[0] == pytest.approx(
        [20 / 320, 40 / 240, 90 / 320, 200 / 240], abs=1e-6
    )


def test_via2_project(imported: Import, videos: Path) -> None:
    annotation, _ = imported("via2_project", "via2.json", videos / "videos")
    assert _frames(annotation) == [66]
    assert annotation.classes == ["wave"]


def test_via3_csv(imported: Import, videos: Path) -> None:
    annotation, _ = imported("via2_project", "via3.csv", videos / "videos")
    assert _frames(annotation) == [26]
