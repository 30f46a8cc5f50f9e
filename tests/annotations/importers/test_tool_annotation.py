from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.tool_annotation import annotation_of_boxes
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary

SOURCE = Path("labels.json")


@pytest.fixture
def library(tmp_path: Path, make_video: Callable[..., Path]) -> VideoLibrary:
    make_video(tmp_path / "in/a.mp4", count=10)  # 96x64, 25 fps
    make_video(tmp_path / "in/b.mp4", count=10)
    return VideoLibrary(tmp_path / "in", tmp_path / "out")


def _boxes(*rows: tuple, classes: Sequence[str] = ()) -> ToolBoxes:
    """Rows of video, frame, action, track; all with one box of half the image."""
    box = (0.0, 0.0, 48.0, 64.0)
    full = [
        ToolRow(v, f, box, a, t, f"line {i}") for i, (v, f, a, t) in enumerate(rows)
    ]
    return boxes_of_rows(full, {}, classes)


def test_rows_meet_videos(library: VideoLibrary, tmp_path: Path) -> None:
    boxes = _boxes(
        ("b.mp4", 9, "roll", "x"), ("a.mp4", 0, "wipe", "12"), ("b.mp4", 9, "wipe", "x")
    )
    boxes.base = 0
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert annotation.classes == ["roll", "wipe"]
    assert annotation.rows.video_ids.tolist() == ["b", "a", "b"]
    assert annotation.rows.frames.tolist() == [10, 1, 10]
    assert annotation.rows.boxes[0].tolist() == [0, 0, 0.5, 1]
    assert annotation.rows.person_ids.tolist() == [0, 12, 0]
    assert annotation.videos["a"].file == "../in/a.mp4"
    assert annotation.videos["a"].split == "train"
    assert notes == ["b: names of tracks became numbers: 'x' is 0"]
    write_annotation(annotation, tmp_path / "out/annotations.csv")


def test_assumed_base_is_noted(library: VideoLibrary) -> None:
    boxes = _boxes(("a", 3, "w", ""))
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert annotation.rows.frames.tolist() == [3]
    assert notes == ["a: frames count from 1 (frame 0 is not used); see --frame-base"]
    annotation, notes = annotation_of_boxes(
        SOURCE, boxes, library, ImportOptions(frame_base=0)
    )
    assert annotation.rows.frames.tolist() == [4]
    assert notes == []


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        (("a", 11, "w", ""), {}, r"line 0: number 11 is frame 11 of 'a', which has 10"),
        (("a", 0.4, "w", ""), {"unit": "seconds"}, r"second 0\.4 is frame 11 of 'a'"),
        (("a", 1.5, "w", ""), {}, r"line 0: frame 1\.5 is no whole number"),
        (("q", 1, "w", ""), {}, "no video 'q'"),
        (("a", 1, "w", ""), {"size": (20, 20)}, "another aspect ratio"),
        (("a", 1, "w", ""), {"size": (24, 16)}, r"line 0: box .* does not lie in"),
        (("a", 1, "w", ""), {"rule": ActionRule(("act",))}, r"attributes \['act'\]"),
    ],
)
def test_faults(library: VideoLibrary, row: tuple, options: dict, message: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        annotation_of_boxes(SOURCE, _boxes(row), library, ImportOptions(**options))


def test_seconds_sizes_and_rotation(library: VideoLibrary) -> None:
    boxes = _boxes(("a", 0.2, "w", ""))
    boxes.sizes["a"] = (192, 128)
    options = ImportOptions(unit="seconds")
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, options)
    assert annotation.rows.frames.tolist() == [6]
    assert annotation.rows.boxes.tolist() == [[0, 0, 0.25, 0.5]]
    assert notes == ["a: boxes of 192x128 pixels are rescaled to the video's 96x64"]
    boxes.sizes["a"] = (64, 96)
    turned, _ = annotation_of_boxes(SOURCE, boxes, library, replace(options, rotate=90))
    assert turned.rows.boxes[0] == pytest.approx([1 / 3, 0, 1, 0.75])


def test_boxes_of_another_resolution(library: VideoLibrary) -> None:
    """The video has 96x64 pixels; pictures of 192x128 were labelled."""
    ends = [(40.0 + 14 * i, 30.0 + 10 * i) for i in range(10)] + [(192.0, 128.0)]
    rows = [
        ToolRow("a", 1.0, (10.0, 10.0, *end), "w", "", f"line {i}")
        for i, end in enumerate(ends)
    ]
    boxes = boxes_of_rows(rows, {}, base=1)
    with pytest.raises(ValueError, match=r"Are they of 192x128 pixels\? --size"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    right = ImportOptions(size=(192, 128))
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, right)
    assert annotation.rows.boxes[-1].tolist() == [10 / 192, 10 / 128, 1, 1]
    assert not [note for note in notes if "edges of" in note]
    wrong = ImportOptions(size=(384, 256))
    _, notes = annotation_of_boxes(SOURCE, boxes, library, wrong)
    told = "a: its boxes are taken as of 384x256 pixels, but end at the edges of 192x"
    assert any(note.startswith(told) for note in notes)


def test_pixels_where_the_format_has_shares(library: VideoLibrary) -> None:
    rows = [ToolRow("a", 1.0, (10.0, 10.0, 50.0, 40.0), "w", "", "line 7")]
    boxes = boxes_of_rows(rows, {}, base=1, normalized=True)
    with pytest.raises(ValueError, match=r"line 7: box \[10.* are these pixels\?"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())


def test_shares_where_the_format_has_pixels(library: VideoLibrary) -> None:
    rows = [ToolRow("a", 1.0, (0.1, 0.1, 0.5, 1.0), "w", "", "line 7")]
    boxes = boxes_of_rows(rows, {}, base=1)
    with pytest.raises(ValueError, match=r"line 7: box \[0.1.* are these shares of"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    boxes = boxes_of_rows(rows, {}, base=1, normalized=True)
    annotation, _ = annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert annotation.rows.boxes[0] == pytest.approx([0.1, 0.1, 0.5, 1.0])


@pytest.mark.parametrize(("length", "stops"), [(10, False), (11, False), (12, True)])
def test_another_length(library: VideoLibrary, length: int, stops: bool) -> None:
    """Two of ten frames are no loss at an end: --step 1 decides, and it is told."""
    boxes = _boxes(("a", 3, "w", ""))
    boxes.lengths = {"a": length}
    if stops:
        with pytest.raises(
            ValueError, match=r"counts 12 frames, the video 10: is.*--step"
        ):
            annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    options = ImportOptions(step=1 if stops else None)
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, options)
    assert annotation.rows.frames.tolist() == [3]
    text = "length differs: a has 12 frames in the file, 10 in the video"
    assert (text in notes) == stops


def test_faults_of_all_videos_are_told(library: VideoLibrary) -> None:
    """A number behind one video, and a box outside of the other's image."""
    rows = [
        ToolRow("a", 11.0, (0.0, 0.0, 48.0, 64.0), "w", "", "line 1"),
        ToolRow("b", 1.0, (0.0, 0.0, 148.0, 64.0), "w", "", "line 2"),
    ]
    boxes = boxes_of_rows(rows, {}, base=1)
    with pytest.raises(ValueError, match=r"^labels\.json: 2 problem") as caught:
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert "line 1: number 11 is frame 11 of 'a', which has 10" in str(caught.value)
    assert "  b, line 2: box [0.0, 0.0, 148.0, 64.0] (x1 y1" in str(caught.value)
    assert "--frame-base" in str(caught.value)


def test_boxes_without_area_are_named(library: VideoLibrary) -> None:
    corners = [(1.0, 1.0, 20.0, 20.0), (5.0, 5.0, 5.0, 9.0), (3.0, 3.0, 3.0, 3.0)]
    rows = [
        ToolRow("a", 1.0 + i, box, "w", "", f"line {i}")
        for i, box in enumerate(corners)
    ]
    boxes = boxes_of_rows(rows, {}, base=1)
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert len(annotation) == 1
    assert "2 boxes without area, left out (the first: line 1)" in notes


def test_rotated_video(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    """A phone's video: stored 96x64, shown 64x96, as its metadata ask."""
    make_video(tmp_path / "in/a.mp4", count=5, rotate=90)
    library = VideoLibrary(tmp_path / "in", tmp_path / "out")
    boxes = _boxes(("a", 1, "w", ""))
    boxes.sizes["a"] = (96, 64)
    with pytest.raises(ValueError, match=r"the video shows 64x96.*the rotation"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    annotation, _ = annotation_of_boxes(
        SOURCE, boxes, library, ImportOptions(rotate=270)
    )
    assert annotation.rows.boxes[0] == pytest.approx([0, 0.5, 1, 1])
    assert (annotation.videos["a"].width, annotation.videos["a"].height) == (64, 96)


def test_list_of_labels_repeats_and_idle_labels(
    library: VideoLibrary, tmp_path: Path
) -> None:
    boxes = _boxes(*[("a", 1, "wipe", "")] * 2, classes=["idle", "wipe"])
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    assert annotation.classes == ["wipe"]
    assert len(annotation) == 1
    assert "labels without a box are no classes: idle" in notes
    assert "1 rows that were there twice" in notes
    labels = tmp_path / "l.txt"
    labels.write_text("roll\nwipe\n")
    annotation, _ = annotation_of_boxes(
        SOURCE, boxes, library, ImportOptions(labels=labels)
    )
    assert annotation.classes == ["roll", "wipe"]
    assert annotation.rows.labels.tolist() == [1]
    labels.write_text("roll\n")
    with pytest.raises(ValueError, match=r"actions \['wipe'\] are not in"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions(labels=labels))


def test_nothing_to_import_says_why(library: VideoLibrary) -> None:
    boxes = _boxes()
    boxes.left_out["boxes without an action"] = 7
    with pytest.raises(ValueError, match=r"no box has an action \(7 boxes without"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())


@pytest.mark.parametrize("labelled", [None, "every", "listed"])
@pytest.mark.parametrize("sparse", [False, True])
def test_listed_frames_are_the_labelled_ones(
    library: VideoLibrary, sparse: bool, labelled: str | None
) -> None:
    boxes = _boxes(("a", 3, "w", ""), ("b", 1, "w", ""))
    boxes.sparse = sparse
    boxes.listed = {"a": [0, 3, 4, 5, 9], "b": list(range(10))}
    options = ImportOptions(labelled=labelled)
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, options)
    # frame 0 is listed, though without a box: the tool counts from 0
    assert annotation.rows.frames.tolist() == [4, 2]
    videos = annotation.videos
    assert videos["b"].labelled is None
    if labelled == "every" or not (sparse or labelled):
        assert videos["a"].labelled is None
    else:
        assert videos["a"].labelled == ((1, 1), (4, 6), (10, 10))
        assert notes[-1].startswith("5 of 10 frames of 1 video are labelled; the ")
    boxes.listed["a"].append(10)
    if sparse and not labelled:
        with pytest.raises(
            ValueError, match=r"number 10 is frame 11 of 'a', .* has 10"
        ):
            annotation_of_boxes(SOURCE, boxes, library, options)


def test_videos_that_are_not_there(library: VideoLibrary) -> None:
    boxes = _boxes(("a", 1, "w", ""), ("q", 1, "w", ""), ("r", 2, "sit", ""))
    boxes.base = 1
    with pytest.raises(FileNotFoundError, match="no video 'q'"):
        annotation_of_boxes(SOURCE, boxes, library, ImportOptions())
    options = ImportOptions(present_only=True)
    annotation, notes = annotation_of_boxes(SOURCE, boxes, library, options)
    assert list(annotation.videos) == ["a"]
    assert annotation.classes == ["w"]
    assert notes[:2] == ["2 videos that are not there", "2 boxes of such videos"]
