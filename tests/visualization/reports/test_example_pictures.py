import base64

import cv2
import numpy as np
import pytest

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.example_choice import Example, choose_examples
from stal_plugin.visualization.reports.example_pictures import (
    crop_window,
    example_pictures,
    example_text,
    examples_part,
)

CLASSES = ["up", "down"]


def _example(kind, score, iou, confused=-1) -> Example:
    return Example(kind, 0, np.array([0.0, 0, 1, 1]), 0, score, iou, confused)


@pytest.mark.parametrize(
    ("example", "text"),
    [
        (_example("hit", 0.9, 0.75), "up: score 0.90, IoU 0.75"),
        (
            _example("miss", 0.0, 0.3),
            "the nearest box of its class has IoU 0.3",
        ),
        (_example("miss", 0.0, 0.0), "not found; no box of its class lies on it"),
        (_example("miss", 0.25, 0.8), "up: found with score 0.250 only"),
        (_example("false positive", 0.9, 0.8), "found already, IoU 0.80"),
        (_example("false positive", 0.9, 0.1, 1), "annotated as down"),
        (_example("false positive", 0.9, 0.4), "its class is there, IoU 0.40"),
        (_example("false positive", 0.9, 0.0), "no such action is annotated there"),
    ],
)
def test_texts(example, text):
    assert text in example_text(example, CLASSES)


def test_window_by_hand():
    # 2.5 times a box of 96 x 54 around its middle, 4 : 3
    assert crop_window(np.array([400, 200, 496, 254.0]), 960, 540) == (
        288,
        107,
        608,
        347,
    )
    # at the edge the window is moved, not cut
    assert crop_window(np.array([0, 0, 10, 10.0]), 960, 540) == (0, 0, 320, 240)
    # never more than the frame, even if the box is
    assert crop_window(np.array([-50.0, -50, 300, 300]), 160, 90) == (0, 0, 160, 90)


def test_pictures_show_the_right_frame_with_its_boxes(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    chosen = choose_examples(run.boxes, 3)
    examples = [*chosen["hit"], *chosen["miss"]]
    root = run.ann_file.parent
    pictures = example_pictures(examples, run.boxes, run.annotation, root)
    assert len(pictures) == len(examples)
    for example, picture in zip(examples, pictures, strict=True):
        number = run.boxes.index.frames[example.frame_id]
        assert f"frame {number})" in picture.alt
        assert picture.alt.startswith(f"Video frame with a {example.kind}: ")
        data = base64.b64decode(picture.uri.split(",")[1])
        image = cv2.imdecode(np.frombuffer(data, np.uint8), 1)
        # the footage is grey, its brightness tells the frame; labels are no majority
        assert abs(np.median(image) - (40 + 10 * (number - 1))) < 6
        # the box is drawn in a colour
        assert np.ptp(image.astype(int), axis=2).max() > 50 or example.kind == "miss"


def test_a_missing_video_is_named(make_tested_run):
    run = EvaluatedRun.read(make_tested_run())
    root = run.ann_file.parent
    (root / "a.mp4").unlink()
    hit = choose_examples(run.boxes, 3)["hit"]
    with pytest.raises(FileNotFoundError, match=r"a\.mp4 is missing"):
        example_pictures(hit, run.boxes, run.annotation, root)


def test_examples_have_a_strip_of_each_kind(run):
    strips = dict(examples_part(run, 2).strips)
    assert {k: len(v) for k, v in strips.items()} == {
        "Worst false positives": 1,
        "Worst misses": 2,
        "Best hits": 2,
    }
