import pytest
import torch
from mmdet.models.dense_heads import ATSSHead, TOODHead
from torch import Tensor

from stal_plugin.compat.tood_head import (
    any_batch_size,
    sample_at_offsets,
    use_grid_sample,
)


def _by_hand(feat: Tensor, offset: Tensor) -> Tensor:
    """Bilinear interpolation, neighbour by neighbour; 0 outside."""
    _, channels, height, width = feat.shape
    out = torch.zeros_like(feat)
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                y = i + float(offset[0, 2 * c, i, j])
                x = j + float(offset[0, 2 * c + 1, i, j])
                for p in range(height):
                    for q in range(width):
                        weight = max(0, 1 - abs(y - p)) * max(0, 1 - abs(x - q))
                        out[0, c, i, j] += weight * feat[0, c, p, q]
    return out


def test_values_by_hand() -> None:
    torch.manual_seed(0)
    feat, offset = torch.randn(1, 3, 4, 5), 2 * torch.randn(1, 6, 4, 5)
    expected = _by_hand(feat, offset)
    torch.testing.assert_close(
        sample_at_offsets(feat, offset), expected, atol=1e-5, rtol=1e-4
    )


def test_a_map_of_one_cell_and_no_offset() -> None:
    feat = torch.randn(2, 4, 1, 1)
    still = torch.zeros(2, 8, 1, 1)
    torch.testing.assert_close(sample_at_offsets(feat, still), feat)
    half = torch.full((2, 8, 1, 1), 0.5)
    torch.testing.assert_close(sample_at_offsets(feat, half), feat / 4)


def test_other_heads_are_left_alone() -> None:
    head = ATSSHead.__new__(ATSSHead)
    use_grid_sample(head)
    assert "deform_sampling" not in vars(head)


def test_centers_of_a_batch_are_those_of_one_image_repeated() -> None:
    head = TOODHead.__new__(TOODHead)
    torch.nn.Module.__init__(head)
    head.anchor_type = "anchor_free"
    anchors = torch.tensor([[0.0, 0, 4, 8], [4, 0, 8, 8]]).repeat(3, 1)
    usual = head.anchor_center(anchors)
    with any_batch_size(head, 3):
        assert torch.equal(head.anchor_center(anchors), usual)
    assert "anchor_center" not in vars(head)


def test_regression_from_anchors_is_not_exported() -> None:
    head = TOODHead.__new__(TOODHead)
    torch.nn.Module.__init__(head)
    head.anchor_type = "anchor_based"
    with (
        pytest.raises(ValueError, match="set anchor_type='anchor_free'"),
        any_batch_size(head, 1),
    ):
        pass
