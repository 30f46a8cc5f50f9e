import torch
from fixtures.actors import CHANNELS, FRAME, TinyCausalNet

from stal_plugin.models.detectors.actor_stream import ActorView
from stal_plugin.models.detectors.actor_training import clip_maps
from stal_plugin.models.detectors.roi_steps import RoISteps, roi_clip, roi_steps

VIEW = ActorView(kind="frame", size=16, parts=2)


def _steps() -> RoISteps:
    return RoISteps(TinyCausalNet(), VIEW.parts)


def test_parts_of_a_map_by_hand() -> None:
    """A box of two cells a side: each part is a cell."""
    steps, views = _steps(), torch.rand(2, 3, 16, 16)
    state = steps.network.stream_state(2, (16, 16))
    boxes = torch.tensor([[0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 1.0, 1.0]])
    with torch.no_grad():
        parts, kept, people = steps.roi_step(views, state, boxes, {})
        maps, expected = steps.network.step(views, state)
    assert parts.shape == (2, CHANNELS, 2, 2)
    # samples at a quarter and three quarters of a cell: its neighbours have a share
    padded = torch.nn.functional.pad(maps[:1], (1, 1, 1, 1), mode="replicate")[0]
    smooth = torch.nn.functional.avg_pool2d(
        torch.nn.functional.interpolate(
            padded[None], scale_factor=2, mode="bilinear", align_corners=False
        ),
        2,
    )[0, :, 1:-1, 1:-1]
    assert torch.allclose(parts[0], smooth[:, 2:, 1:3], atol=1e-5)
    assert people == {}
    assert torch.equal(kept[1]["sum"], expected[1]["sum"])


def test_nobody_on_a_frame() -> None:
    steps, views = _steps(), torch.rand(1, 3, 16, 16)
    state = steps.network.stream_state(1, (16, 16))
    with torch.no_grad():
        parts, kept, _ = steps.roi_step(views, state, torch.zeros(0, 4), {})
    assert parts.shape == (0, CHANNELS, 2, 2)
    assert kept[1]["count"].tolist() == [1]


def test_a_clip_step_by_step_is_the_whole_clip() -> None:
    steps = _steps()
    torch.manual_seed(0)
    clip = torch.randint(0, 256, (3, 5, *FRAME))
    corners = torch.rand(2, 5, 2, 2) * torch.tensor([FRAME[1], FRAME[0]])
    boxes = torch.cat([corners.amin(2) - 4, corners.amax(2) + 4], dim=-1)
    limit = torch.tensor([FRAME[1], FRAME[0]] * 2)
    frames = torch.nn.functional.interpolate(
        clip.transpose(0, 1) / 255, (16, 16), mode="bilinear", align_corners=False
    )
    with torch.no_grad():
        whole = clip_maps(steps.network, VIEW, clip, boxes)
        found = roi_clip(steps, frames, boxes / limit)
    assert found.shape == (2, CHANNELS, 5, 2, 2)
    assert torch.allclose(found, whole, atol=1e-5)


def test_what_can_do_it_already_stays() -> None:
    steps = _steps()
    assert roi_steps(steps, 3) is steps
    assert roi_steps(steps.network, 3).parts == 3
