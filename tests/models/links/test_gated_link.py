import pytest
import torch
from torch import nn

from stal_plugin.models.links.links import GatedLink


class _Twice(GatedLink):
    """A link for these tests: twice the mean over time."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.conv = nn.Conv3d(32, 64, 3)

    def residual(self, clip: torch.Tensor, num_frames: int) -> torch.Tensor:
        return 2 * clip.mean(2, keepdim=True).expand(-1, -1, num_frames, -1, -1)


def test_residual_is_weighed_and_added():
    link = _Twice(2, 2)
    source, target = torch.ones(1, 2, 3, 3), torch.ones(1, 2, 4, 3, 3)
    assert torch.equal(link(source, target), target)
    with torch.no_grad():
        link.gate.copy_(torch.tensor([1.0, 3.0]))
    out = link(source, target)
    assert torch.equal(out[:, 0], torch.full((1, 4, 3, 3), 3.0))
    assert torch.equal(out[:, 1], torch.full((1, 4, 3, 3), 7.0))
    ungated = _Twice(2, 2, gated=False)
    assert ungated.gate is None
    assert ungated(target, source).unique().tolist() == [3.0]  # from 3D to 2D


def test_init_weights_closes_the_gate_and_has_the_variance_of_the_fan_out():
    torch.manual_seed(0)
    link = _Twice(2, 2)
    nn.init.ones_(link.gate)
    link.init_weights()
    assert link.gate.tolist() == [0, 0]
    assert abs(link.conv.weight.var() / (2 / (64 * 27)) - 1) < 0.03


def test_frames_are_checked():
    with pytest.raises(ValueError, match=r"one of \('all', 'keyframe'\), got 'padded'"):
        _Twice(2, 2, frames="padded")


def test_the_old_name_of_frames_still_works():
    assert _Twice(2, 2, slots="keyframe").frames == "keyframe"
