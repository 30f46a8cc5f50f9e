from pathlib import Path

import pytest

from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.recognition import recognised_format
from stal_plugin.annotations.importers.yolo import class_names, read_yolo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two splits: frames 4 and 5 of ``kitchen`` with boxes, 6 without, one image."""
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: [wipe, roll]\n")
    for split, frame, lines in (
        ("train", 4, "0 0.5 0.5 0.2 0.4\n1 0.25 0.5 0.5 0.5 7\n"),
        ("train", 6, ""),
        ("valid", 5, "1 0.1 0.2 0.5 0.2 0.5 0.9\n"),
    ):
        file = tmp_path / split / "labels" / f"kitchen_{frame:05d}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines)
        (file.parent / f"._{file.name}").write_bytes(b"\0\1")
    (tmp_path / "train/images").mkdir()
    (tmp_path / "train/images/kitchen_00009.jpg").write_text("")
    return tmp_path


def test_boxes_tracks_and_polygons(folder: Path) -> None:
    assert recognised_format(folder) == "yolo"
    for source in (folder, folder / "data.yaml"):
        boxes = read_yolo(source, ImportOptions())
        assert boxes.normalized
        assert boxes.classes == ["wipe", "roll"]
        assert boxes.rows.frames.tolist() == [4, 4, 5]
        assert boxes.rows.boxes[0] == pytest.approx([0.4, 0.3, 0.6, 0.7])
        assert boxes.rows.boxes[2] == pytest.approx([0.1, 0.2, 0.5, 0.9])
        assert boxes.track_names.tolist() == ["", "7", ""]
        assert boxes.listed == {"kitchen": [4, 5, 6, 9]}
        assert boxes.left_out["polygons, taken by their extent"] == 1


def test_scores_are_no_tracks(folder: Path) -> None:
    (folder / "valid/labels/kitchen_00005.txt").write_text("0 0.5 0.5 0.2 0.2 0.93\n")
    boxes = read_yolo(folder, ImportOptions())
    assert boxes.track_names[-1] == ""
    assert boxes.left_out["scores of boxes"] == 1


def test_names_of_classes(folder: Path, tmp_path: Path) -> None:
    options = ImportOptions()
    (folder / "data.yaml").write_text("names:\n  0: a\n  3: b\n")
    assert class_names(folder, options) == {0: "a", 3: "b"}
    (folder / "data.yaml").write_text("nc: 2\n")
    with pytest.raises(ValueError, match="has no list of 'names'"):
        class_names(folder, options)
    (folder / "data.yaml").write_text("names: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(ValueError, match="has no list of 'names'"):
        class_names(folder, options)
    (folder / "data.yaml").unlink()
    with pytest.raises(FileNotFoundError, match="name the classes with --labels"):
        class_names(folder, options)
    (folder / "classes.txt").write_text("x\ny\n")
    assert class_names(folder, options) == {0: "x", 1: "y"}
    labels = tmp_path / "own.txt"
    labels.write_text("p\nq\n")
    assert class_names(folder, ImportOptions(labels=labels)) == {0: "p", 1: "q"}


def test_all_faults_are_named(folder: Path) -> None:
    labels = folder / "train/labels"
    (labels / "kitchen_00004.txt").write_text("9 0.5 0.5 0.2 0.2\n0 1 2\n")
    (labels / "cover.txt").write_text("")
    (labels / "kitchen_4.txt").write_text("")
    with pytest.raises(ValueError, match="4 problem") as caught:
        read_yolo(folder, ImportOptions())
    for text in ("is an unknown class", "is no such line", "cover.txt names no frame"):
        assert text in str(caught.value)
    assert "are both frame 4 of kitchen" in str(caught.value)


def test_names_that_hold_themselves_a_million_times(folder: Path) -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    (folder / "data.yaml").write_text("\n".join([*lines, "names: [*a59]"]))
    with pytest.raises(ValueError, match="has no list of 'names'"):
        class_names(folder, ImportOptions())


def test_lists_of_classes_that_contradict_each_other(folder: Path) -> None:
    options = ImportOptions()
    (folder / "data.yaml").write_text("nc: 3\nnames: [wipe, roll]\n")
    with pytest.raises(ValueError, match="nc is 3, but there are 2 names"):
        class_names(folder, options)
    (folder / "data.yaml").write_text("nc: 4\nnames: {0: wipe, 3: roll}\n")
    assert class_names(folder, options) == {0: "wipe", 3: "roll"}
    (folder / "data.yaml").write_text("names: [wipe, roll]\n")
    (folder / "train/classes.txt").write_text("wipe\nroll\n")
    assert class_names(folder, options) == {0: "wipe", 1: "roll"}
    (folder / "train/classes.txt").write_text("roll\nwipe\n")
    with pytest.raises(ValueError, match=r"name different classes: say .* --labels"):
        class_names(folder, options)


@pytest.mark.parametrize(
    ("dims", "points"), [(2, "0.1 0.1 0.9 0.9"), (3, "1 1 2 0 0 0")]
)
def test_keypoints_are_no_polygon(folder: Path, dims: int, points: str) -> None:
    text = f"names: [wipe, roll]\nkpt_shape: [2, {dims}]\n"
    (folder / "data.yaml").write_text(text)
    file = folder / "valid/labels/kitchen_00005.txt"
    file.write_text(f"1 0.5 0.5 0.2 0.4 {points}\n")
    boxes = read_yolo(folder, ImportOptions())
    assert boxes.rows.boxes[2] == pytest.approx([0.4, 0.3, 0.6, 0.7])
    assert boxes.left_out["keypoints of boxes, which are kept"] == 1
    (folder / "data.yaml").write_text("names: [wipe, roll]\nkpt_shape: many\n")
    with pytest.raises(ValueError, match=r"kpt_shape must be \[points, 2 or 3\]"):
        read_yolo(folder, ImportOptions())


def test_names_that_are_nested_too_deeply(folder: Path) -> None:
    (folder / "data.yaml").write_text("names: " + "[" * 5000 + "]" * 5000)
    with pytest.raises(ValueError, match=r"data\.yaml has no list of 'names'"):
        class_names(folder, ImportOptions())
