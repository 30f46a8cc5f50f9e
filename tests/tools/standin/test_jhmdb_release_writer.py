import filecmp
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat
from standin.jhmdb_release_writer import is_complete_release, write_release
from standin.release_clip import ReleaseProfile, plan_clips

from stal_plugin.annotations.importers.jhmdb import read_mask_boxes
from stal_plugin.annotations.importers.jhmdb_release import (
    joint_file,
    mask_file,
    read_joint_positions,
    read_release,
)
from stal_plugin.video import FrameFolderReader

PROFILE = ReleaseProfile("tiny", ("clap", "walk"), 3, 1, 64, 56, (4, 6), (30, 40))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("release") / "raw"
    steps: list[int] = []
    write_release(root, PROFILE, 7, steps.append)
    assert steps == [clip.length for clip in plan_clips(PROFILE, 7)]
    return root


def test_our_readers_read_it(release: Path) -> None:
    found = read_release(release)
    assert found.classes == ["clap", "walk"]
    assert [len(v) for v in found.train_videos + found.test_videos] == [4] * 3 + [2] * 3
    for clip in plan_clips(PROFILE, 7):
        video = f"{clip.action}/{clip.name}"
        reader = FrameFolderReader(found.frames[video])
        assert reader.num_frames == clip.length
        image, mask = list(clip.frames(PROFILE, 7))[1]
        np.testing.assert_array_equal(reader.read([1])[0], image)
        boxes = read_mask_boxes(mask_file(release, video), (56, 64))
        assert len(boxes) == clip.num_masks
        ys, xs = np.nonzero(mask)
        assert boxes[1].tolist() == [xs.min(), ys.min(), xs.max(), ys.max()]
        joints = read_joint_positions(joint_file(release, video))
        np.testing.assert_allclose(joints, clip.joints(PROFILE, 7)[: clip.num_masks])


def test_form_of_the_release(release: Path) -> None:
    clip = plan_clips(PROFILE, 7)[0]
    video = f"{clip.action}/{clip.name}"
    joints = loadmat(str(joint_file(release, video)))
    assert joints["pos_img"].shape == joints["pos_world"].shape == (2, 15, clip.length)
    assert joints["scale"].shape == (1, clip.length)
    assert joints["viewpoint"].item() == 1
    masks = loadmat(str(mask_file(release, video)))
    assert masks["part_mask"].shape == (56, 64, clip.length)
    hidden = release / "Rename_Images" / video / ".AppleDouble" / "00001.png"
    assert hidden.is_file()
    text = (release / "splits" / "clap_test_split1.txt").read_text().splitlines()
    assert text[0] == f"{clip.name}.avi 2"
    assert [line[-1] for line in text] == ["2", "1", "1"]


def test_says_that_it_is_synthetic(release: Path) -> None:
    description = json.loads((release / "standin.json").read_text())
    assert description["synthetic"] is True
    assert description["seed"] == 7
    assert len(description["videos"]) == 6
    (short,) = description["fewer_masks"].items()
    assert short[1] == description["videos"][short[0]] - 3
    assert b"Synthetic" in mask_file(release, short[0]).read_bytes()[:116]


def test_same_seed_same_bytes(release: Path, tmp_path: Path) -> None:
    write_release(tmp_path / "again", PROFILE, 7)
    files = sorted(p.relative_to(release) for p in release.rglob("*") if p.is_file())
    again = sorted(
        p.relative_to(tmp_path / "again")
        for p in (tmp_path / "again").rglob("*")
        if p.is_file()
    )
    assert files == again
    for file in files:
        same = filecmp.cmp(release / file, tmp_path / "again" / file, shallow=False)
        assert same, file


def test_complete(release: Path, tmp_path: Path) -> None:
    assert is_complete_release(release, PROFILE, 7)
    assert not is_complete_release(release, PROFILE, 8)
    assert not is_complete_release(tmp_path, PROFILE, 7)
    (tmp_path / "standin.json").write_text("{cut")
    assert not is_complete_release(tmp_path, PROFILE, 7)


@pytest.mark.parametrize("folder", ["Rename_Images", "puppet_mask", "splits"])
def test_the_release_of_others_is_not_replaced(tmp_path: Path, folder: str) -> None:
    """Someone named the folder of the real J-HMDB."""
    real = tmp_path / folder / "catch" / "00001.png"
    real.parent.mkdir(parents=True)
    real.write_text("real")
    with pytest.raises(ValueError, match=f"another data set already .{folder}.*--over"):
        write_release(tmp_path, PROFILE, 0)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [real]
    assert real.read_text() == "real"


def test_an_interrupted_release_goes_on(tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_release(tmp_path, PROFILE, 0, stop)
    assert not (tmp_path / "standin.json").exists()
    write_release(tmp_path, PROFILE, 0)
    assert is_complete_release(tmp_path, PROFILE, 0)
    assert not (tmp_path / "standin.unfinished").exists()
    with pytest.raises(ValueError, match="--overwrite"):
        write_release(tmp_path, PROFILE, 1)
    assert is_complete_release(tmp_path, PROFILE, 0)
    write_release(tmp_path, PROFILE, 1, overwrite=True)
    assert is_complete_release(tmp_path, PROFILE, 1)
