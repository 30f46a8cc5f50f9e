import pytest
import torch
from torch import Tensor

from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes
from stal_plugin.models.task_modules.center_maps import CenterDetections

CLIPS = torch.zeros(5, 3, 1, 40, 60)


def _boxes(shift: float, factor: float = 1.0):
    def run(clips: Tensor) -> ScoredBoxes:
        boxes = torch.tensor([[10.0, 10, 20, 20], [50, 30, 1e6, 39]])
        boxes[0, 2] += shift
        boxes[1, 2] += 1000 * shift  # beyond the picture: of no account
        count = len(clips)
        return ScoredBoxes(
            boxes.expand(count, -1, -1),
            torch.tensor([0.5, 0.1]).expand(count, -1) * factor,
            torch.tensor([[0.8, 0.2], [0.5, 0.5]]).expand(count, -1, -1),
        )

    return run


def test_boxes() -> None:
    parity = measure_parity(_boxes(0), _boxes(0.25, 0.9), CLIPS)
    assert parity.boxes == pytest.approx(0.25)
    assert parity.scores == pytest.approx(0.1 * 0.5 * 0.8)
    assert parity.num_clips == 5
    assert measure_parity(_boxes(0), _boxes(0), CLIPS)[:2] == (0, 0)


def test_batches_of_different_sizes_see_every_clip_once() -> None:
    sizes: list[int] = []

    def run(clips: Tensor) -> ScoredBoxes:
        sizes.append(len(clips))
        return _boxes(0)(clips)

    measure_parity(run, _boxes(0), CLIPS)
    assert sum(sizes) == 5
    assert len(set(sizes)) > 1


def _peaks(order: list[int], scores: list[float], labels: list[int]):
    def run(clips: Tensor) -> CenterDetections:
        boxes = torch.tensor([[0.0, 0, 5, 5], [10, 10, 20, 20], [30, 0, 35, 9]])
        count = len(clips)
        return CenterDetections(
            boxes[order].expand(count, -1, -1),
            torch.tensor(scores).expand(count, -1),
            torch.tensor(labels).expand(count, -1),
            None,
            None,
            torch.tensor(scores).expand(count, -1),
        )

    return run


def test_peaks_of_equal_score_may_swap() -> None:
    first = _peaks([0, 1, 2], [0.5, 0.5, 0.1], [0, 0, 0])
    swapped = _peaks([1, 0, 2], [0.5, 0.5, 0.1], [0, 0, 0])
    assert measure_parity(first, swapped, CLIPS)[:2] == (0, 0)
    weaker = _peaks([1, 0, 2], [0.5, 0.4, 0.1], [0, 0, 0])
    assert measure_parity(first, weaker, CLIPS).scores == pytest.approx(0.1)
    # another class is another peak
    other = _peaks([0, 1, 2], [0.5, 0.5, 0.1], [1, 0, 0])
    assert measure_parity(first, other, CLIPS).boxes == pytest.approx(15)
    gone = _peaks([0, 1, 2], [0.5, 0.5, 0.1], [1, 1, 1])
    assert measure_parity(first, gone, CLIPS).boxes == float("inf")
