import torch

from stal_plugin.models.task_modules.keypoint_snapping import (
    keypoint_peaks,
    snap_keypoints,
)

BOX = torch.tensor([[[10.0, 10.0, 30.0, 20.0]]])  # longer side 20: reach 6
POINT = torch.tensor([[[[20.0, 15.0]]]])


def _snap(peaks: list, scores: list) -> tuple[list, float]:
    points, found = snap_keypoints(
        POINT, BOX, torch.tensor([[peaks]]), torch.tensor([[scores]])
    )
    return points[0, 0, 0].tolist(), round(found.item(), 4)


def test_the_nearest_peak_that_scores() -> None:
    assert _snap([[22.0, 15.0], [21.0, 15.0]], [0.9, 0.2]) == ([21, 15], 0.2)
    # a score of .1 is not enough: the next one
    assert _snap([[22.0, 15.0], [21.0, 15.0]], [0.9, 0.1]) == ([22, 15], 0.9)


def test_far_outside_or_weak_peaks_are_left_alone() -> None:
    stays = ([20, 15], 0.0)
    assert _snap([[25.9, 15.0]], [0.9]) != stays
    assert _snap([[26.0, 15.0]], [0.9]) == stays
    assert _snap([[20.0, 20.0]], [0.9]) != stays
    assert _snap([[20.0, 20.5]], [0.9]) == stays
    assert _snap([[20.0, 15.0]], [0.05]) == stays


def test_each_keypoint_has_its_own_peaks() -> None:
    points = POINT.expand(1, 2, 3, 2)
    peaks = torch.tensor([[[[21.0, 15.0]], [[22.0, 16.0]], [[90.0, 90.0]]]])
    scores = torch.tensor([[[0.5], [0.6], [0.7]]])
    moved, found = snap_keypoints(points, BOX.expand(1, 2, 4), peaks, scores)
    expected = [[21.0, 15.0], [22.0, 16.0], [20.0, 15.0]]
    assert moved[0].tolist() == [expected, expected]
    assert torch.allclose(found[0, 1], torch.tensor([0.5, 0.6, 0.0]))


def test_peaks_are_read_where_they_are() -> None:
    heatmap = torch.zeros(2, 2, 4, 5)
    heatmap[0, 0, 1, 2] = 0.9
    heatmap[0, 0, 1, 3] = 0.8  # no maximum of its window
    heatmap[0, 0, 3, 0] = 0.3
    heatmap[1, 1, 0, 4] = 0.7
    offset = torch.zeros(2, 2, 4, 5)
    offset[0, :, 1, 2] = torch.tensor([0.25, 0.5])
    offset[1, :, 0, 4] = torch.tensor([0.75, 0.125])
    places, scores = keypoint_peaks(heatmap, offset, kernel=3, topk=3)
    assert torch.allclose(scores[0, 0], torch.tensor([0.9, 0.3, 0.0]))
    assert places[0, 0, :2].tolist() == [[2.25, 1.5], [0.0, 3.0]]
    assert places[1, 1, 0].tolist() == [4.75, 0.125]
    assert scores[1, 0].sum() == 0
