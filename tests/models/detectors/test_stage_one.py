import torch
from mmengine.structures import InstanceData
from torch import nn

from stal_plugin.models.detectors.stage_one import actors_of, evaluating, frames_of


def test_frames_of_a_clip_come_in_a_row() -> None:
    clips = torch.arange(2 * 3 * 4 * 1 * 1).view(2, 3, 4, 1, 1)
    frames = frames_of(clips)
    assert frames.shape == (8, 3, 1, 1)
    for clip in range(2):
        for time in range(4):
            assert torch.equal(frames[4 * clip + time], clips[clip, :, time])


def test_modules_are_put_back_as_they_were() -> None:
    module = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout())
    for mode in (True, False):
        module.train(mode)
        try:
            with evaluating(module):
                assert not any(m.training for m in module.modules())
                raise KeyError
        except KeyError:
            assert all(m.training is mode for m in module.modules())


def test_actors_keep_boxes_and_keypoints_and_lose_their_classes() -> None:
    truth = InstanceData(
        bboxes=torch.rand(2, 4),
        labels=torch.tensor([3, 1]),
        keypoints=torch.rand(2, 5, 2),
        keypoints_visible=torch.tensor([[True] * 5, [False] * 5]),
    )
    actors = actors_of(truth)
    assert actors.labels.tolist() == [0, 0]
    assert truth.labels.tolist() == [3, 1]
    for name in ("bboxes", "keypoints", "keypoints_visible"):
        assert torch.equal(actors[name], truth[name])
    plain = InstanceData(bboxes=torch.rand(1, 4), labels=torch.tensor([2]))
    assert "keypoints" not in actors_of(plain)
