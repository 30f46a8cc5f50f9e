import torch
from torch import nn

from stal_plugin.engine.heatmap_recorder import HeatmapRecorder
from stal_plugin.models.dense_heads.center3d_head import Center3DHead


class PerFrame(nn.Module):
    """Runs the head on every frame of clips, as Center3D does."""

    def __init__(self, **options):
        super().__init__()
        codec = {"type": "stal_plugin.CenterCodec", "stride": 4}
        self.head = Center3DHead(3, 2, codec=codec, feat_channels=4, **options)
        for name, value in self.named_parameters():
            if name.endswith("weight"):
                nn.init.normal_(value)

    def forward(self, clips):
        return self.head((clips.transpose(1, 2).flatten(0, 1),))


def test_maps_of_the_key_frames_as_probabilities():
    torch.manual_seed(0)
    model = PerFrame(num_keypoints=9)
    clips = torch.randn(2, 2, 4, 6, 5)
    with HeatmapRecorder(model) as recorder:
        assert recorder.has_head
        assert recorder.key_frame_heatmaps(2) is None
        model(torch.randn_like(clips))
        model(clips)
        found = recorder.key_frame_heatmaps(2)
    (alone,) = model.head((clips[:, :, -1],))  # the last frame of each clip
    wanted = torch.cat([alone.heatmap, alone.keypoint_heatmap], 1).sigmoid()
    assert found.shape == (2, 3 + 9, 6, 5)
    torch.testing.assert_close(torch.from_numpy(found), wanted)


def test_classes_that_the_test_leaves_out_are_cold():
    model = PerFrame(test_cfg={"classes": [1]})
    with HeatmapRecorder(model) as recorder:
        model(torch.randn(1, 2, 1, 6, 5))
        found = recorder.key_frame_heatmaps(1)
    assert (found[0, 1] > 0).all()
    assert not found[0, [0, 2]].any()


def test_it_lets_go_at_the_end():
    model = PerFrame()
    recorder = HeatmapRecorder(model)
    model(torch.randn(1, 2, 1, 6, 5))
    recorder.close()
    assert recorder.key_frame_heatmaps(1) is None
    assert not model.head._forward_hooks


def test_a_model_without_such_a_head():
    with HeatmapRecorder(nn.Linear(2, 2)) as recorder:
        assert not recorder.has_head
        assert recorder.key_frame_heatmaps(1) is None
