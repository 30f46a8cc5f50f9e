import json
from pathlib import Path
from typing import Any

import pytest

from stal_plugin.annotations.importers.coco import read_coco_results, read_coco_truth

TRUTH: dict[str, Any] = {
    "images": [
        {"id": 7, "file_name": "a/00003.jpg", "width": 320, "height": 240},
        {"id": 5, "file_name": "x.jpg", "video_id": 9, "frame_id": 2},
        {"id": 6, "file_name": "b_00012.png", "width": 64, "height": 48},
        {"id": 8, "file_name": "single.jpg", "width": 64, "height": 48},
    ],
    "categories": [{"id": 30, "name": "wave"}, {"id": 4, "name": "run"}],
    "annotations": [
        {"image_id": 7, "category_id": 30, "bbox": [10, 20, 30, 40], "track_id": 3},
        {"image_id": 5, "category_id": 4, "bbox": [0, 0, 5.5, 5]},
    ],
}
RESULTS = [
    {"image_id": 6, "category_id": 4, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": 8, "category_id": 30, "bbox": [1, 2, 3, 4], "score": 0.25},
]


def _write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_truth(tmp_path: Path) -> None:
    table = read_coco_truth(_write(tmp_path / "gt.json", TRUTH))
    assert table.rows.video_ids.tolist() == ["a", "9"]
    assert table.rows.frames.tolist() == [3, 2]
    assert table.rows.boxes.tolist() == [[10, 20, 40, 60], [0, 0, 5.5, 5]]
    assert table.rows.labels.tolist() == [1, 0]
    assert table.classes == ("run", "wave")
    assert table.rows.person_ids.tolist() == [3, -1]
    assert table.sizes == {"a": (320, 240), "b": (64, 48), "single": (64, 48)}
    places = list(zip(table.listed_videos, table.listed_frames.tolist(), strict=True))
    assert places == [("a", 3), ("9", 2), ("b", 12), ("single", 1)]
    assert table.in_pixels


def test_results(tmp_path: Path) -> None:
    truth = _write(tmp_path / "gt.json", TRUTH)
    table = read_coco_results(_write(tmp_path / "dt.json", RESULTS), truth)
    assert table.rows.video_ids.tolist() == ["b", "single"]
    assert table.rows.labels.tolist() == [0, 1]
    assert table.rows.scores.tolist() == [0.5, 0.25]
    assert table.rows.boxes[0].tolist() == [1, 2, 4, 6]
    assert len(read_coco_results(_write(tmp_path / "none.json", []), truth).rows) == 0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"image_id": 1}, r"\[0\].image_id is '1', must be the id of one of the im"),
        (
            {"category_id": 1},
            r"\[0\].category_id is '1', must be one of the categories",
        ),
        ({"bbox": [1, 2, -3, 4]}, r"\[0\].bbox is .*-3.0, 4.0\], must be x, y, width"),
        (
            {"bbox": [1, 2, 3]},
            r"\[0\].bbox is \[1, 2, 3\], must be a list of 4 numbers",
        ),
        ({"score": float("inf")}, r"\[0\].score is inf, must be a number"),
    ],
)
def test_faulty_results(change: dict, text: str, tmp_path: Path) -> None:
    truth = _write(tmp_path / "gt.json", TRUTH)
    path = _write(tmp_path / "dt.json", [{**RESULTS[0], **change}])
    with pytest.raises(ValueError, match=text):
        read_coco_results(path, truth)


def test_faulty_truth(tmp_path: Path) -> None:
    crowd = {**TRUTH["annotations"][0], "iscrowd": 1}
    path = _write(tmp_path / "a.json", {**TRUTH, "annotations": [crowd]})
    with pytest.raises(ValueError, match="1 annotations have iscrowd=1"):
        read_coco_truth(path)
    twice = {**TRUTH, "images": [*TRUTH["images"], {**TRUTH["images"][0], "id": 1}]}
    with pytest.raises(ValueError, match=r"two images are video and frame \('a', 3\)"):
        read_coco_truth(_write(tmp_path / "b.json", twice))
    with pytest.raises(ValueError, match="key 'annotations' is missing"):
        read_coco_truth(_write(tmp_path / "c.json", {"images": [], "categories": []}))
    with pytest.raises(ValueError, match=r"is \[.*must be an object"):
        read_coco_truth(_write(tmp_path / "d.json", RESULTS))
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_coco_truth(tmp_path / "e.json")
    (tmp_path / "f.json").write_text("{")
    with pytest.raises(ValueError, match="is no valid json"):
        read_coco_truth(tmp_path / "f.json")
