import pytest
import torch

from stal_plugin.models.backbones.motion_input import (
    MOTION_INPUTS,
    motion_input,
    motion_step,
)


def clip() -> torch.Tensor:
    return torch.tensor([1.0, 4.0, 4.0, 2.0]).view(1, 1, 4, 1, 1)


def test_differences_of_successive_frames_times_two() -> None:
    seen = motion_input(clip(), "differences")
    assert seen.flatten().tolist() == [0, 6, 0, -4]


def test_both_are_channels_one_above_the_other() -> None:
    seen = motion_input(clip(), "both")
    assert seen.shape == (1, 2, 4, 1, 1)
    assert seen[0, :, :, 0, 0].tolist() == [[1, 4, 4, 2], [0, 6, 0, -4]]


def test_none_is_the_clip_itself() -> None:
    frames = clip()
    assert motion_input(frames, "none") is frames


def test_a_still_clip_has_no_motion() -> None:
    frames = torch.rand(2, 3, 1, 4, 4).expand(-1, -1, 5, -1, -1)
    assert motion_input(frames, "differences").abs().max() == 0


@pytest.mark.parametrize("kind", MOTION_INPUTS)
def test_a_step_is_the_newest_frame_of_the_clip(kind: str) -> None:
    frames = torch.randn(2, 3, 4, 5, 5)
    before, begun = torch.randn(2, 3, 5, 5), torch.zeros(2, 1, 1, 1)
    for t in range(4):
        newest = motion_step(frames[:, :, t], before, begun, kind)
        expected = motion_input(frames[:, :, : t + 1], kind)[:, :, -1]
        torch.testing.assert_close(newest, expected)
        before, begun = frames[:, :, t], torch.ones_like(begun)
