import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations import read_annotation
from stal_plugin.video import write_video

TOOL = Path(__file__).parents[2] / "tools/dataset_converters/weizmann.py"
CLIPS = {"ann_bend": 3, "ann_wave1": 2, "bob_bend": 4, "bob_run1": 2, "cy_walk": 3}


def _masks(count: int) -> np.ndarray:
    """A block that moves one pixel per frame to the right: columns t .. t + 9."""
    masks = np.zeros((48, 64, count), np.uint8)
    for t in range(count):
        masks[5:25, t : t + 10, t] = 1
    return masks


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "bend").mkdir(parents=True)
    for name, count in CLIPS.items():
        place = folder / "bend" if name.endswith("bend") else folder
        frames = (np.full((48, 64, 3), 9 * t, np.uint8) for t in range(count))
        write_video(place / f"{name}.mp4", frames, 25)
        (place / f"{name}.mp4").rename(place / f"{name}.avi")
    masks = {name: _masks(count) for name, count in CLIPS.items()}
    masks["cy_walk"] = _masks(2)  # of three frames
    savemat(folder / "original_masks.mat", {"original_masks": masks})
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    tmp_path: Path,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        command = ["weizmann.py", *map(str, arguments), "--out", str(tmp_path / "out")]
        monkeypatch.setattr("sys.argv", command)
        return exit_status(main), *capsys.readouterr()

    return call


def test_boxes_are_the_extents_of_the_masks(
    run: Callable, release: Path, tmp_path: Path
) -> None:
    code, text, err = run(release, "--test", "bob")
    assert (code, err) == (0, "")
    assert "left out: cy_walk: 2 masks for 3 frames" in text
    assert "4 clips of 3 people, 10 actions, 11 boxes" in text
    annotation = read_annotation(tmp_path / "out/annotations.csv")
    rows = annotation.rows
    bend = rows.take(rows.video_ids == "ann_bend")
    assert bend.frames.tolist() == [1, 2, 3]
    expected = [[t / 64, 5 / 48, (t + 10) / 64, 25 / 48] for t in range(3)]
    np.testing.assert_allclose(bend.boxes, expected, atol=1e-6)
    labels = {
        v: annotation.classes[k]
        for v, k in zip(rows.video_ids, rows.labels, strict=True)
    }
    assert labels == {
        "ann_bend": "bend",
        "ann_wave1": "wave1",
        "bob_bend": "bend",
        "bob_run1": "run",
    }
    facts = {v: (i.split, i.source) for v, i in annotation.videos.items()}
    assert facts == {
        "ann_bend": ("train", "ann"),
        "ann_wave1": ("train", "ann"),
        "bob_bend": ("test", "bob"),
        "bob_run1": ("test", "bob"),
    }
    video = annotation.videos["ann_bend"]
    assert (tmp_path / "out" / video.file).resolve() == release / "bend/ann_bend.avi"


def test_a_fold_for_each_person(run: Callable, release: Path, tmp_path: Path) -> None:
    (release / "cy_walk.avi").unlink()
    code, text, _ = run(release)
    assert code == 0
    assert "a fold per person tested: ann, bob" in text
    for person in ("ann", "bob"):
        annotation = read_annotation(tmp_path / f"out/{person}/annotations.csv")
        tested = {i.source for i in annotation.videos.values() if i.split == "test"}
        assert tested == {person}
    code, _, err = run(release)
    assert code == 1
    assert "out/ann/annotations.csv is there already" in err
    assert run(release, "--overwrite")[0] == 0


def test_what_is_wrong_is_said(run: Callable, release: Path, tmp_path: Path) -> None:
    code, _, err = run(release, "--test", "dan")
    assert code == 1
    assert "test people ['dan'] must be some, not all, of ['ann', 'bob']" in err
    (release / "ann_dance.avi").write_bytes(b"")
    code, _, err = run(release, "--test", "bob")
    assert code == 1
    assert "ann_dance.avi names no action (bend, jack" in err
    (release / "ann_dance.avi").unlink()
    savemat(release / "original_masks.mat", {"original_masks": np.zeros((2, 2))})
    code, _, err = run(release, "--test", "bob")
    assert code == 1
    assert "has no struct array 'original_masks'" in err
    (release / "original_masks.mat").unlink()
    code, _, err = run(release, "--test", "bob")
    assert code == 1
    assert "has no file classification_masks.mat or original_masks.mat" in err
    code, _, err = run(tmp_path / "raw/bend/none", "--test", "bob")
    assert code == 1
    assert "has no video PERSON_ACTION.avi" in err


@pytest.mark.data
def test_the_release_has_79_clips_whose_masks_fit(
    run: Callable, shared_data: Path, tmp_path: Path
) -> None:
    code, text, _ = run(shared_data / "weizmann", "--test", "daria", "ido", "moshe")
    assert code == 0
    assert text.count("left out: ") == 11
    assert "79 clips of 9 people, 10 actions, 4908 boxes" in text
    annotation = read_annotation(tmp_path / "out/annotations.csv")
    assert sum(i.split == "test" for i in annotation.videos.values()) == 27
