import torch
from fixtures.actors import actor_model, frame

from stal_plugin.models.detectors.actor_training import clip_maps, jittered


def test_jitter_stays_within_its_share_and_moves_every_number() -> None:
    boxes = torch.tensor([[10.0, 20, 30, 60]]).repeat(200, 1)
    moved = jittered(boxes, 0.1, torch.Generator().manual_seed(0))
    sides = moved[:, 2:] - moved[:, :2]
    centers = (moved[:, 2:] + moved[:, :2]) / 2
    assert ((sides - torch.tensor([20.0, 40])).abs() <= torch.tensor([2.0, 4])).all()
    offset = (centers - torch.tensor([20.0, 40])).abs()
    assert (offset <= torch.tensor([2.0, 4])).all()
    assert (offset.amax(0) > torch.tensor([1.8, 3.6])).all()
    assert (sides.std(0) > 0.5).all()
    assert torch.equal(jittered(boxes, 0.0), boxes)


def test_boxes_that_stay_are_tubes_that_stay() -> None:
    model = actor_model()
    clip = torch.stack([frame(4 * n) for n in range(3)], dim=1)
    boxes = torch.tensor([[4.0, 5, 20, 30], [30, 2, 50, 40]])
    still = clip_maps(model.clip_network, model.view, clip, boxes)
    tube = boxes[:, None].repeat(1, 3, 1)
    moving = clip_maps(model.clip_network, model.view, clip, tube)
    assert still.shape == (2, 6, 3, 4, 4)
    assert torch.equal(still, moving)
    tube[0, 0] += 5
    changed = clip_maps(model.clip_network, model.view, clip, tube)
    assert not torch.allclose(changed[0], still[0])
    assert torch.equal(changed[1], still[1])
