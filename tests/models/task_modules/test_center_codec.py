import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdet.models.dense_heads import CenterNetHead
from mmdet.models.utils.gaussian_target import gaussian_radius
from torch import Tensor

from stal_plugin.models.task_modules import CenterCodec
from stal_plugin.models.task_modules.center_maps import CenterMaps, CenterTargets
from stal_plugin.models.task_modules.keypoint_snapping import box_keypoints

SIZE = (20, 28)  # cells (H, W)
STRIDE = 4


def _write(values: Tensor, clips: Tensor, cells: Tensor, num_clips: int) -> Tensor:
    """Dense map of values ``(M, C)`` at cells."""
    dense = torch.zeros(num_clips, values.shape[1], SIZE[0] * SIZE[1])
    dense[clips, :, cells] = values
    return dense.view(num_clips, -1, *SIZE)


def _ideal(targets: CenterTargets, num_clips: int) -> CenterMaps:
    """The maps of a head that learned its targets by heart."""
    at = (targets.batch_inds, targets.cells, num_clips)
    maps = CenterMaps(
        targets.heatmap, _write(targets.wh, *at), _write(targets.offset, *at)
    )
    pose = targets.keypoints
    if pose is None:
        return maps
    return maps._replace(
        keypoint_offset=_write(pose.offset.flatten(1), *at),
        keypoint_heatmap=pose.heatmap,
        keypoint_cell_offset=_write(
            pose.cell_offset, pose.batch_inds, pose.cells, num_clips
        ),
    )


BOXES = [
    torch.tensor([[8.0, 10.0, 31.0, 42.0], [50.0, 6.5, 90.25, 30.0]]),
    torch.zeros(0, 4),
    torch.tensor([[60.0, 40.0, 112.0, 80.0]]),
]
LABELS = [torch.tensor([2, 0]), torch.zeros(0).long(), torch.tensor([1])]


@pytest.mark.parametrize("legacy", [False, True])
def test_round_trip_of_boxes_and_keypoints(legacy: bool) -> None:
    codec = CenterCodec(STRIDE, legacy_radius=legacy, topk=5)
    points = [box_keypoints(b) for b in BOXES]
    targets = codec.encode(BOXES, LABELS, 3, SIZE, points)
    found = codec.decode(_ideal(targets, 3))
    for b, (boxes, labels) in enumerate(zip(BOXES, LABELS, strict=True)):
        best = found.scores[b] == 1
        assert best.sum() == len(boxes)
        order = found.labels[b][best].argsort()
        wanted = labels.argsort()
        assert torch.equal(found.labels[b][best][order], labels[wanted])
        assert torch.allclose(found.boxes[b][best][order], boxes[wanted], atol=1e-4)
        kept = found.keypoints[b][best][order]
        assert torch.allclose(kept, points[b][wanted], atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 80),
    st.floats(0, 50),
    st.floats(1, 32),
    st.floats(1, 30),
    st.booleans(),
)
def test_any_box_comes_back(x: float, y: float, w: float, h: float, pose: bool) -> None:
    codec = CenterCodec(STRIDE, topk=3)
    boxes = [torch.tensor([[x, y, x + w, y + h]])]
    points = [box_keypoints(boxes[0])] if pose else None
    targets = codec.encode(boxes, [torch.tensor([0])], 1, SIZE, points)
    found = codec.decode(_ideal(targets, 1))
    assert found.scores[0, 0] == 1
    assert torch.allclose(found.boxes[0, 0], boxes[0][0], atol=1e-3)
    assert (found.keypoints is None) == (not pose)


def test_targets_of_mmdets_head() -> None:
    # mmdet fixes the overlap at 0.3, and works on one image at a time
    head = CenterNetHead(
        4,
        4,
        3,
        loss_center_heatmap={"type": "mmdet.GaussianFocalLoss"},
        loss_wh={"type": "mmdet.L1Loss"},
        loss_offset={"type": "mmdet.L1Loss"},
    )
    shape = (3, 3, *SIZE)
    expected, num = head.get_targets(
        BOXES, LABELS, shape, (SIZE[0] * STRIDE, SIZE[1] * STRIDE)
    )
    targets = CenterCodec(STRIDE, min_overlap=0.3).encode(BOXES, LABELS, 3, SIZE)
    assert torch.allclose(targets.heatmap, expected["center_heatmap_target"], atol=1e-6)
    maps = _ideal(targets, 3)
    assert torch.allclose(maps.wh, expected["wh_target"])
    assert torch.allclose(maps.offset, expected["offset_target"])
    assert num == 3


def test_decoding_is_mmdets() -> None:
    maps = CenterMaps(
        torch.rand(2, 3, *SIZE), torch.rand(2, 2, *SIZE) * 5, torch.rand(2, 2, *SIZE)
    )
    head = CenterNetHead.__new__(CenterNetHead)
    shape = (SIZE[0] * STRIDE, SIZE[1] * STRIDE)
    expected, labels = head._decode_heatmap(*maps[:3], shape, k=20)
    found = CenterCodec(STRIDE, topk=20).decode(maps)
    assert torch.allclose(found.boxes, expected[..., :4], atol=1e-4)
    assert torch.equal(found.scores, expected[..., 4])
    assert torch.equal(found.labels, labels)


def test_radius_switch_widens_the_gaussians() -> None:
    box = [torch.tensor([[2.0, 2.0, 110.0, 78.0]])]
    label = [torch.tensor([0])]
    maps = [
        CenterCodec(STRIDE, legacy_radius=legacy).encode(box, label, 1, SIZE).heatmap
        for legacy in (False, True)
    ]
    size = (76 / STRIDE, 108 / STRIDE)
    radius = int(gaussian_radius(size, 0.7))
    # rows and columns of the square that the Gaussian is cut off to
    assert (maps[0] > 0).any(2).sum() == 2 * radius + 1
    assert (maps[1] > 0).sum() > 4 * (maps[0] > 0).sum()


def test_two_boxes_in_one_cell_are_both_taught() -> None:
    boxes = torch.tensor([[10.0, 10.0, 30.0, 30.0], [0.0, 0.0, 40.0, 40.0]])
    targets = CenterCodec(STRIDE).encode([boxes], [torch.tensor([0, 1])], 2, SIZE)
    assert targets.cells.tolist() == [5 * SIZE[1] + 5] * 2
    assert targets.wh.tolist() == [[5, 5], [10, 10]]
    assert targets.heatmap[0, :, 5, 5].tolist() == [1, 1]


def test_several_labels_of_a_box() -> None:
    labels = [torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), *LABELS[1:]]
    labels[1] = torch.zeros(0, 3)
    labels[2] = torch.tensor([[0.0, 0.0, 0.0]])
    targets = CenterCodec(STRIDE).encode(BOXES, labels, 3, SIZE)
    assert (targets.heatmap == 1).sum((2, 3)).tolist() == [
        [1, 1, 1],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_centre_on_the_right_edge_belongs_to_the_last_cell() -> None:
    boxes = [torch.tensor([[112.0, 80.0, 112.0, 80.0]])]
    targets = CenterCodec(STRIDE).encode(boxes, [torch.tensor([0])], 1, SIZE)
    assert targets.cells.item() == SIZE[0] * SIZE[1] - 1
    assert targets.offset.tolist() == [[1.0, 1.0]]


def test_hidden_keypoints_and_those_outside_are_not_taught() -> None:
    boxes = [torch.tensor([[8.0, 8.0, 40.0, 40.0]])]
    points = [torch.tensor([[[10.0, 10.0], [20.0, 22.0], [120.0, 10.0]]])]
    seen = [torch.tensor([[0.0, 1.0, 1.0]])]
    pose = (
        CenterCodec(STRIDE)
        .encode(boxes, [torch.tensor([0])], 1, SIZE, points, seen)
        .keypoints
    )
    assert pose.visible.tolist() == [[False, True, False]]
    assert pose.heatmap.amax((2, 3)).tolist() == [[0, 1, 0]]
    assert pose.cells.tolist() == [5 * SIZE[1] + 5]
    assert pose.cell_offset.tolist() == [[0.0, 0.5]]
    assert pose.offset[0, 1].tolist() == [5 - 6, 5.5 - 6]


def test_wrong_labels_are_named() -> None:
    codec = CenterCodec(STRIDE)
    with pytest.raises(ValueError, match=r"label 2 is not in 0\.\.1"):
        codec.encode(BOXES, LABELS, 2, SIZE)
    with pytest.raises(ValueError, match="2 columns, but num_classes=3"):
        codec.encode(BOXES[:1], [torch.ones(2, 2)], 3, SIZE)


def test_regressed_keypoints_without_a_heatmap() -> None:
    codec = CenterCodec(STRIDE, topk=2)
    points = [box_keypoints(b) for b in BOXES]
    maps = _ideal(codec.encode(BOXES, LABELS, 3, SIZE, points), 3)
    found = codec.decode(maps._replace(keypoint_heatmap=None))
    assert found.keypoint_scores.sum() == 0
    assert torch.allclose(found.keypoints[2, 0], points[2][0], atol=1e-4)


def test_objectness_is_the_probability_of_any_class() -> None:
    heatmap = torch.zeros(1, 3, 4, 4)
    heatmap[0, :, 1, 2] = torch.tensor([0.5, 0.4, 0.0])
    heatmap[0, 1, 3, 0] = 0.25
    maps = CenterMaps(heatmap, torch.ones(1, 2, 4, 4), torch.zeros(1, 2, 4, 4))
    found = CenterCodec(stride=4, topk=3).decode(maps)
    assert found.scores[0].tolist() == pytest.approx([0.5, 0.4, 0.25])
    assert found.objectness[0].tolist() == pytest.approx([0.7, 0.7, 0.25])
