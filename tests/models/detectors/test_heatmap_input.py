import torch

from stal_plugin.models.detectors.heatmap_input import (
    blend,
    color_heatmaps,
    draw_box_keypoints,
    keypoint_colors,
)
from stal_plugin.models.task_modules import CenterCodec
from stal_plugin.models.task_modules.center_maps import CenterDetections


def test_colors_are_far_apart() -> None:
    colors = keypoint_colors(3)
    assert torch.allclose(colors, torch.eye(3), atol=1e-6)
    many = keypoint_colors(17)
    distance = torch.cdist(many, many) + 9 * torch.eye(17)
    assert distance.min() > 0.2


def test_pictures_by_hand() -> None:
    heatmaps = torch.zeros(1, 3, 2, 2, 2)  # colours red, green, blue
    heatmaps[0, 0, 0, 0, 0] = 0.8
    heatmaps[0, 1, 0, 0, 0] = 0.5
    heatmaps[0, 2, 1, 1, 1] = 1.0
    same = color_heatmaps(heatmaps, (2, 2))
    assert torch.allclose(same[0, :, 0, 0, 0], torch.tensor([0.8, 0.5, 0.0]))
    assert torch.allclose(same[0, :, 1, 1, 1], torch.tensor([0.0, 0.0, 1.0]))
    assert same.sum().item() == torch.tensor(2.3).item()
    larger = color_heatmaps(heatmaps, (8, 6))
    assert larger.shape == (1, 3, 2, 8, 6)
    assert torch.allclose(larger[0, :, 0, 0, 0], same[0, :, 0, 0, 0])
    # frames do not mix
    assert larger[0, 2, 0].sum() == larger[0, :2, 1].sum() == 0


def test_two_colours_on_one_place_keep_the_larger() -> None:
    heatmaps = torch.full((1, 9, 1, 1, 1), 0.5)
    heatmaps[:, 3] = 0.9
    color = keypoint_colors(9)
    wanted = (color * heatmaps.view(9, 1)).amax(0)
    assert torch.allclose(color_heatmaps(heatmaps, (1, 1)).flatten(), wanted)


def test_blend_by_hand() -> None:
    clip, picture = torch.full((1,), 100.0), torch.full((1,), 200.0)
    assert blend(clip, picture, 0.7).item() == 170
    assert blend(clip, picture, 0.0).item() == 100


def test_points_of_detected_boxes_are_drawn_with_their_score() -> None:
    boxes = torch.tensor(
        [
            [[8.0, 8.0, 24.0, 16.0], [0.0, 0.0, 4.0, 4.0]],
            [[0.0, 0.0, 8.0, 8.0], [4.0, 4.0, 48.0, 32.0]],
        ]
    )
    scores = torch.tensor([[0.75, 0.05], [0.04, 0.5]])
    found = CenterDetections(
        boxes, scores, torch.zeros(2, 2).long(), None, None, scores
    )
    drawn = draw_box_keypoints(found, CenterCodec(4), (8, 12))
    assert drawn.shape == (2, 9, 8, 12)
    assert torch.allclose(drawn[0].amax((1, 2)), torch.tensor(0.75))
    assert torch.allclose(drawn[1].amax((1, 2)), torch.tensor(0.5))
    # centre (16, 12), top left (8, 8), bottom right of the second, on the edge
    assert drawn[0, 0, 3, 4] == 0.75
    assert drawn[0, 1, 2, 2] == 0.75
    assert drawn[1, 3, 7, 11] == 0.5
    codec = CenterCodec(4, snap_score_thr=0.9)
    nothing = draw_box_keypoints(found, codec, (8, 12))
    assert nothing.shape == drawn.shape
    assert nothing.sum() == 0
