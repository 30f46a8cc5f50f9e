from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.evaluation import FrameDetails
from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.evaluation.protocol import PROTOCOLS
from stal_plugin.evaluation.protocol_comparison import (
    ComparisonOptions,
    compare_protocols,
    comparison_table,
    protocols_of,
)

BOX, NEAR, FAR = [0.0, 0, 40, 40], [0.0, 0, 40, 36], [50.0, 50, 90, 90]


@pytest.fixture
def inputs(dets_of: Callable, gts_of: Callable) -> EvaluationInput:
    """Three frames of one video; on the last one nobody is found."""
    gts = gts_of(*((t, BOX, 0) for t in range(3)))
    gts = replace(gts, person_ids=np.ones(3, int))
    dets = dets_of((0, BOX, 0, 0.9), (0, NEAR, 0, 0.8), (1, BOX, 0, 0.7))
    index = FrameIndex(("v",), np.zeros(3, np.int64), np.arange(3))
    sizes = np.full((3, 2), 100.0)
    return EvaluationInput(dets, gts, index, sizes, True, (0, 0))


def test_names() -> None:
    assert protocols_of(["all"]) == list(PROTOCOLS.values())
    assert [p.name for p in protocols_of(["act", "voc", "act"])] == ["act", "voc"]


def test_side_by_side(inputs: EvaluationInput) -> None:
    options = ComparisonOptions(linker="viterbi", details=FrameDetails(by_size=True))
    scores = compare_protocols(inputs, ["a"], protocols_of(["all"]), options)
    found = {k: v.metrics["frame-mAP@0.5"] for k, v in scores.items()}
    # right, duplicate, right of 3
    assert found == pytest.approx(
        {
            "voc": (1 + 2 / 3) / 3,
            "yowo": (1 + 2 / 3) / 3,
            "act": (1 + (1 / 2 + 2 / 3) / 2) / 3,
            "ava": (1 + 2 / 3) / 3,
            "voc07": (4 + 3 * 2 / 3) / 11,
            "yowov3": (1 + 2 / 3 + 2 / 3 / 2) / 3,
            "multisports": (1 + 2 / 3) / 3,
        }
    )
    assert {v.metrics["video-mAP@0.5"] for v in scores.values()} == {1}
    assert scores["voc"].metrics["frame-mAP@0.5(large)"] == found["voc"]
    table = comparison_table(scores)
    assert [column.header for column in table.columns] == ["score", *PROTOCOLS]
    cells = list(table.columns[1].cells)
    assert cells[0] == "0.5556"


def test_raw_boxes_are_filtered_first(inputs: EvaluationInput) -> None:
    options = ComparisonOptions(raw=True)
    scores = compare_protocols(inputs, ["a"], protocols_of(["act", "voc"]), options)
    assert scores["act"].metrics["frame-mAP@0.5"] == pytest.approx(2 / 3)
    assert scores["voc"].metrics["frame-mAP@0.5"] == pytest.approx(5 / 9)


def test_protocols_that_count_pixels_need_them(inputs: EvaluationInput) -> None:
    normalised = EvaluationInput(**{**vars(inputs), "in_pixels": False})
    options, some = ComparisonOptions(), protocols_of(["yowo", "act", "voc"])
    with pytest.raises(ValueError, match="protocol yowo, act counts pixels, but"):
        compare_protocols(normalised, ["a"], some, options)
    assert list(compare_protocols(normalised, ["a"], protocols_of(["ava"]), options))
