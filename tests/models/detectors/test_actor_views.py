import pytest
import torch

from stal_plugin.models.detectors.actor_views import (
    crop_views,
    letterbox,
    samples_per_side,
    square_boxes,
)


def _ramp(height: int, width: int) -> torch.Tensor:
    """A frame whose value is 100 y + x, in the middle of each pixel."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (100.0 * y + x)[None]


def test_squares_are_around_the_longer_side() -> None:
    boxes = torch.tensor([[10.0, 20, 30, 60], [0, 0, 10, 2]])
    expected = [[20 - 26, 40 - 26, 20 + 26, 40 + 26], [-1.5, -5.5, 11.5, 7.5]]
    assert square_boxes(boxes, 1.3).tolist() == [pytest.approx(row) for row in expected]
    assert square_boxes(boxes[:0]).shape == (0, 4)


def test_crop_of_the_same_size_copies_pixels() -> None:
    frame = _ramp(20, 30)
    views = crop_views(frame, torch.tensor([[4.0, 5, 12, 13]]), 8)
    assert torch.allclose(views[0, 0], frame[0, 5:13, 4:12], atol=1e-3)


def test_crop_shrinks_by_means_of_what_a_pixel_covers() -> None:
    frame = torch.rand(3, 20, 30)
    views = crop_views(frame, torch.tensor([[4.0, 2, 20, 18]]), 8)
    means = torch.nn.functional.avg_pool2d(frame[:, 2:18, 4:20], 2)
    assert torch.allclose(views[0], means, atol=1e-5)


def test_beyond_the_frame_its_border_goes_on() -> None:
    frame = _ramp(8, 8)
    (view,) = crop_views(frame, torch.tensor([[-4.0, 0, 4, 8]]), 8)
    assert torch.allclose(view[0, :, :4], frame[0, :, :1].expand(-1, 4), atol=1e-4)
    assert torch.allclose(view[0, :, 4:], frame[0, :, :4], atol=1e-3)


def test_a_crop_does_not_depend_on_the_others() -> None:
    frame = torch.rand(3, 64, 64)
    squares = torch.tensor([[1.0, 2, 9, 10], [0, 0, 60, 60], [30, 5, 55, 30]])
    together = crop_views(frame, squares, 8)
    for row in range(3):
        alone = crop_views(frame, squares[row : row + 1], 8)
        assert torch.equal(alone[0], together[row])


def test_a_sample_stands_for_two_pixels_a_side_up_to_four_samples() -> None:
    squares = torch.tensor([[0.0, 0, side, side] for side in (4, 8, 9, 25, 900)])
    assert samples_per_side(squares, 8) == [1, 1, 1, 2, 4]


def test_letterbox_is_at_the_upper_left_and_filled_up() -> None:
    frames = torch.arange(2 * 3 * 4 * 8.0).view(2, 3, 4, 8)
    boxed, scale = letterbox(frames, (8, 8), value=114, multiple=8)
    assert scale == 1
    assert torch.equal(boxed[:, :, :4], frames)
    assert (boxed[:, :, 4:] == 114).all()
    smaller, scale = letterbox(frames, (4, 4), value=7, multiple=4)
    assert scale == 0.5
    # mmdet's and YOLOX's bilinear: means of 2 x 2 at half the size
    means = torch.nn.functional.avg_pool2d(frames, 2)
    assert torch.allclose(smaller[:, :, :2], means)
    assert (smaller[:, :, 2:] == 7).all()


def test_letterbox_is_filled_up_no_more_than_to_a_multiple() -> None:
    frames = torch.zeros(1, 3, 480, 640)
    boxed, scale = letterbox(frames, (416, 416))
    assert scale == 0.65
    assert boxed.shape[-2:] == (320, 416)  # 312 rows of the frame
    assert (boxed[0, 0, 312:] == 114).all()
    assert not boxed[0, 0, :312].any()
    tall, _ = letterbox(frames.transpose(2, 3), (416, 416))
    assert tall.shape[-2:] == (416, 320)
