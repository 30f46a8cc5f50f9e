import filecmp
import json
from pathlib import Path

import numpy as np
import pytest
from standin import generate
from standin.generate import describe, is_complete, write_standin
from standin.labels import ALL_LABELS
from standin.scene import Scene
from standin.schedule import build_schedule

from stal_plugin.annotations.importers.cvat_video import read_cvat_xml
from stal_plugin.video import VideoReader, probe_video


def test_writes_videos_annotation_and_description(tmp_path: Path, profile):
    steps: list[int] = []
    description = write_standin(tmp_path / "raw", profile, 3, steps.append)
    folder = tmp_path / "raw"
    assert sorted(path.name for path in folder.iterdir()) == [
        "annotations.xml",
        "c0.mp4",
        "c1.mp4",
        "standin.json",
    ]
    assert json.loads((folder / "standin.json").read_text()) == description
    xml = read_cvat_xml(folder / "annotations.xml")
    assert xml.labels == list(ALL_LABELS)
    plans = build_schedule(profile, 3)
    assert len(xml.tracks) == 9
    assert sum(steps) == sum(plan.num_frames for plan in plans)
    for plan in plans:
        probe = probe_video(folder / f"{plan.name}.mp4")
        assert (probe.num_frames, probe.fps) == (plan.num_frames, 25)
        assert (probe.width, probe.height) == (160, 90)


def test_decoded_frames_are_those_of_the_scene(tmp_path: Path, profile):
    write_standin(tmp_path, profile, 0)
    plan = build_schedule(profile, 0)[1]
    rendered = list(Scene(profile, plan, 0).frames())
    indices = [0, plan.actions[0].start + 3, plan.num_frames - 1]
    decoded = VideoReader(tmp_path / "c1.mp4").read(indices)
    for index, frame in zip(indices, decoded, strict=True):
        # Colours are stored at half resolution, so compare the grey values.
        error = frame.mean(axis=2) - rendered[index].mean(axis=2)
        assert np.abs(error).mean() < 8


def test_same_seed_same_bytes(tmp_path: Path, profile):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_standin(tmp_path / name, profile, seed)
    xml, video = "annotations.xml", "c0.mp4"
    for file in (xml, video, "standin.json"):
        one, other = (tmp_path / name / file for name in ("a", "b"))
        assert filecmp.cmp(one, other, shallow=False), file
    assert (tmp_path / "a" / xml).read_bytes() != (tmp_path / "c" / xml).read_bytes()


def test_description_is_marked_and_counts(profile):
    description = describe(profile, build_schedule(profile, 0), 0)
    assert description["synthetic"] is True
    assert (description["size"], description["seed"]) == ("tiny", 0)
    assert description["clips"] == {
        "Pick up sauce": 5,
        "Put sauce down": 3,
        "Open jar": 1,
    }
    assert description["mirrored_classes"] == []
    assert description["reversed_classes"] == [["Pick up sauce", "Put sauce down"]]
    assert description["generator_version"] == generate.GENERATOR_VERSION


def test_a_broken_run_leaves_no_description_and_no_half_file(
    tmp_path: Path, profile, monkeypatch
):
    write_standin(tmp_path, profile, 0)
    before = (tmp_path / "c0.mp4").read_bytes()

    def stop(frames: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_standin(tmp_path, profile, 1, stop, overwrite=True)
    assert not (tmp_path / "standin.json").exists()
    assert (tmp_path / "c0.mp4").read_bytes() == before
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".mp4",
        ".mp4",
        ".unfinished",
        ".xml",
    ]
    description = write_standin(tmp_path, profile, 1)  # goes on without a question
    assert json.loads((tmp_path / "standin.json").read_text()) == description
    assert not (tmp_path / "standin.unfinished").exists()
    assert (tmp_path / "c0.mp4").read_bytes() != before


@pytest.mark.parametrize("name", ["annotations.xml", "c1.mp4", "standin.json"])
def test_footage_of_others_is_not_replaced(tmp_path: Path, profile, name):
    (tmp_path / name).write_text("of someone else")
    with pytest.raises(ValueError, match=f"another data set already .{name}.*--overwr"):
        write_standin(tmp_path, profile, 0)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "of someone else"
    write_standin(tmp_path, profile, 0, overwrite=True)
    assert is_complete(tmp_path, profile, 0)


def test_another_stand_in_is_not_replaced(tmp_path: Path, profile):
    write_standin(tmp_path, profile, 0)
    with pytest.raises(ValueError, match="--overwrite"):
        write_standin(tmp_path, profile, 1)
    assert is_complete(tmp_path, profile, 0)


def test_complete_means_all_files_of_these_settings(tmp_path: Path, profile):
    assert not is_complete(tmp_path, profile, 0)
    write_standin(tmp_path, profile, 0)
    assert is_complete(tmp_path, profile, 0)
    assert not is_complete(tmp_path, profile, 1)
    (tmp_path / "standin.json").write_text("{")
    assert not is_complete(tmp_path, profile, 0)
    write_standin(tmp_path, profile, 0, overwrite=True)
    (tmp_path / "c1.mp4").unlink()
    assert not is_complete(tmp_path, profile, 0)
