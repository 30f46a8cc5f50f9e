import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.exporters.export import FORMS, _file_names, export
from stal_plugin.evaluation.linked_persons import linked_persons
from stal_plugin.structures.box_table import BoxTable

VIDEOS = ("a & b", "night/c")
CLASSES = ["walk", "<talk> & 'sing'", 'say "ü"']
BOX = (8.0, 6.0, 40.0, 30.0)


def _table(annotation: Annotation) -> dict[tuple, np.ndarray]:
    """Boxes in pixels by video, frame, person and name of the action."""
    rows = annotation.rows
    names = [annotation.classes[i] for i in rows.labels]
    keys = zip(rows.video_ids, rows.frames, rows.person_ids, names, strict=True)
    boxes = rows.boxes * [64, 48, 64, 48]
    return dict(zip(keys, boxes, strict=True))


@st.composite
def persons(draw: st.DrawFn) -> list[tuple]:
    """Persons that come and go, move, and do up to three things at once."""
    rows = []
    for person in range(draw(st.integers(1, 3))):
        video = draw(st.sampled_from(VIDEOS))
        frames = draw(st.sets(st.integers(1, 12), min_size=1))
        for frame in sorted(frames):
            x = draw(st.floats(0, 30))
            y = draw(st.floats(0, 20))
            width, height = draw(st.floats(4, 30)), draw(st.floats(4, 25))
            box = (x, y, x + width, y + height)
            for label in sorted(draw(st.sets(st.integers(0, 2), min_size=1))):
                rows.append((video, frame, box, person, label))
    return rows


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25)
@given(rows=persons(), tolerance=st.sampled_from([0.0, 0.5]))
def test_what_comes_back_is_what_went_out(
    form: str,
    annotation_of: Callable,
    bring_back: Callable,
    rows: list[tuple],
    tolerance: float,
) -> None:
    before = annotation_of(rows, CLASSES)
    with TemporaryDirectory() as name:
        out = Path(name)
        written = export(before, before.rows, form, out, tolerance)
        after = bring_back(written, out, form)
    assert after.classes == CLASSES
    old, new = _table(before), _table(after)
    assert set(new) == set(old)
    allowed = 1e-3 + tolerance * (form == "cvat")
    for key, box in new.items():
        assert np.abs(box - old[key]).max() <= allowed


def test_a_straight_walk_has_few_key_frames(
    annotation_of: Callable, export_rows: Callable, tmp_path: Path
) -> None:
    rows = [
        ("night/c", t, (t, 6.0 + 0.1 * (t % 2), 20.0 + t, 30.0), 4, int(t > 9))
        for t in range(3, 12)
    ]
    written = export_rows(annotation_of(rows, CLASSES), "cvat", tmp_path)
    assert [path.name for path in written.files] == ["a_b.xml", "night_c.xml"]
    tree = ElementTree.parse(written.files[1])
    assert [t.get("id") for t in tree.iter("track")] == ["4"]
    boxes = [(b.get("frame"), b.get("outside")) for b in tree.iter("box")]
    # first, change of the action, last, end
    assert boxes == [("2", "0"), ("9", "0"), ("10", "0"), ("11", "1")]
    assert {b.get("keyframe") for b in tree.iter("box")} == {"1"}
    shown = [a.text for a in tree.iter("attribute") if a.get("name") == "action"]
    assert shown[:2] == [CLASSES[0], CLASSES[1]]
    assert tree.find("meta/task/source").text == "night/c.mp4"


@pytest.mark.parametrize("form", FORMS)
def test_predictions_get_persons_and_keep_scores(
    form: str, annotation_of: Callable, bring_back: Callable, tmp_path: Path
) -> None:
    rows = [("a & b", t, BOX, -1, 0) for t in (1, 2, 3, 5)]
    rows += [("a & b", t, (44.0, 30.0, 60.0, 47.0), -1, 1) for t in (2, 3)]
    annotation = annotation_of(rows, CLASSES)
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.5])
    beyond = np.array(annotation.rows.boxes)
    beyond[-2:, 2:] = 1.2  # is clipped
    predicted = replace(annotation.rows, scores=scores, boxes=beyond)
    with pytest.raises(ValueError, match="unknown persons need link=linked_persons"):
        export(annotation, predicted, form, tmp_path)
    written = export(annotation, predicted, form, tmp_path, link=linked_persons)
    assert "linked" in " ".join(written.notes)
    after = bring_back(written, tmp_path, form)
    key = ("video_ids", "frames", "person_ids", "labels")
    columns = zip(*(getattr(after.rows, name).tolist() for name in key), strict=True)
    expected = {("a & b", t, 0, 0) for t in (1, 2, 3, 5)}
    assert {*columns} == expected | {("a & b", t, 1, 1) for t in (2, 3)}
    assert after.rows.boxes.max() == 1
    text = written.files[0].read_text()
    assert {"cvat": ">0.7500<", "coco": '"score": 0.9', "via": '"3": "0.9000"'}[
        form
    ] in text


def test_two_boxes_of_one_person_on_a_frame(
    annotation_of: Callable, bring_back: Callable, tmp_path: Path
) -> None:
    rows = [("a & b", 1, BOX, 3, 0), ("a & b", 1, (1.0, 1, 9, 9), 3, 0)]
    annotation = annotation_of(rows, CLASSES)
    written = export(annotation, annotation.rows, "cvat", tmp_path)
    assert written.notes[0].startswith("1 boxes: their person has another one")
    after = bring_back(written, tmp_path, "cvat")
    assert sorted(after.rows.person_ids.tolist()) == [3, 4]


def test_sparse_labels_stay_sparse(
    annotation_of: Callable, bring_back: Callable, tmp_path: Path
) -> None:
    frames = ((2, 2), (5, 5), (8, 8), (11, 11))
    rows = [("a & b", t, BOX, 0, 0) for t in (2, 8)] + [("night/c", 5, BOX, 1, 1)]
    annotation = annotation_of(rows, CLASSES, labelled=frames)
    for form in ("cvat", "coco"):
        written = export(annotation, annotation.rows, form, tmp_path / form)
        after = bring_back(written, tmp_path / form, form)
        assert {info.labelled for info in after.videos.values()} == {frames}
        assert after.rows.frames.tolist() == [2, 8, 5]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_replaced(
    form: str, annotation_of: Callable, export_rows: Callable, tmp_path: Path
) -> None:
    annotation = annotation_of([("a & b", 1, BOX, 0, 0)], CLASSES)
    (tmp_path / "classes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"classes\.txt is there already"):
        export_rows(annotation, form, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["classes.txt"]
    export_rows(annotation, form, tmp_path, overwrite=True)
    assert (tmp_path / "classes.txt").read_text().startswith("1: walk\n")
    assert not [*tmp_path.glob("*.part")]


@pytest.mark.parametrize(
    ("form", "name", "problem"),
    [
        ("coco", " walk", "begins or ends with a space"),
        ("cvat", "__undefined__", "means 'nothing' in CVAT"),
        ("cvat", "a\ufffe", "no XML or UTF-8 file can hold"),
        ("via", "walk, run", "has a comma"),
        ("via", "True", "is 'true' or 'false'"),
    ],
)
def test_names_that_a_tool_loses_are_refused(
    form: str, name: str, problem: str, annotation_of: Callable, tmp_path: Path
) -> None:
    annotation = annotation_of([("a & b", 1, BOX, 0, 0)], [name, "b", "c"])
    with pytest.raises(ValueError, match=f"cannot be exported to {form}.*{problem}"):
        export(annotation, annotation.rows, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_odd_names_of_classes_in_cvat(
    annotation_of: Callable, bring_back: Callable, tmp_path: Path
) -> None:
    names = ["walk, run", "true", "score"]
    rows = [("a & b", 1, BOX, 0, i) for i in (0, 1, 2)]
    annotation = annotation_of(rows, names)
    written = export(annotation, annotation.rows, "cvat", tmp_path)
    after = bring_back(written, tmp_path, "cvat")
    assert sorted(after.classes[i] for i in after.rows.labels) == sorted(names)


def test_names_of_files_are_plain_and_distinct() -> None:
    names = _file_names(dict.fromkeys(["../x", "a/b", "a_b", "A_B", "..", "ü" * 300]))
    assert [*names.values()] == [
        *("x.xml", "a_b.xml", "a_b_2.xml", "A_B_3.xml", "video.xml"),
        f"{'ü' * 100}.xml",
    ]


def test_json_files_name_all_frames_and_videos(
    annotation_of: Callable, export_rows: Callable, tmp_path: Path
) -> None:
    annotation = annotation_of([("a & b", 3, BOX, 7, 2)], CLASSES)
    coco = json.loads(export_rows(annotation, "coco", tmp_path).files[0].read_text())
    assert len(coco["images"]) == 24
    assert coco["images"][2] == {
        **{"id": 3, "video_id": 1, "frame_id": 2, "file_name": "a & b/000003.jpg"},
        **{"width": 64, "height": 48},
    }
    assert coco["annotations"] == [
        {
            **{"id": 1, "image_id": 3, "category_id": 3, "bbox": [8, 6, 32, 24]},
            **{"area": 768, "iscrowd": 0, "track_id": 7, "score": 1.0},
        }
    ]
    project = json.loads(
        export_rows(annotation, "via", tmp_path, overwrite=True).files[0].read_text()
    )
    (region,) = project["metadata"].values()
    assert region["z"] == [0.09]  # of 0.08 to 0.12 seconds
    assert region["xy"] == [2, 8, 6, 32, 24]
    assert region["av"] == {"1": "2", "2": "7", "3": "1.0000"}
    assert project["project"]["vid_list"] == ["1", "2"]


def test_an_empty_table(annotation_of: Callable, tmp_path: Path) -> None:
    annotation = annotation_of([("a & b", 3, BOX, 7, 2)], CLASSES)
    for form in FORMS:
        written = export(annotation, BoxTable.empty(), form, tmp_path / form)
        assert all(path.stat().st_size > 300 for path in written.files)
