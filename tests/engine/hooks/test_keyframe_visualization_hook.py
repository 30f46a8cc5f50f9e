from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from stal_plugin.engine.hooks import KeyframeVisualizationHook
from stal_plugin.engine.hooks.keyframe_visualization_hook import draw_sample
from stal_plugin.models.dense_heads.center3d_head import Center3DHead

GREY = 128


def make_sample(frame=3, score=0.9, zoom=3):
    sample = ActionDataSample(
        metainfo={
            "video_id": "a/b",
            "frame": frame,
            "scale_factor": zoom * np.array([0.5, 0.25], np.float32),
            "ann_boxes": np.array([[0.5, 0.5, 0.75, 0.75]], np.float32),
            "ann_labels": np.array([1]),
        }
    )
    sample.pred_instances = InstanceData(
        bboxes=torch.tensor([[20.0, 40.0, 80.0, 240.0]]),
        scores=torch.tensor([score]),
        labels=torch.tensor([0]),
    )
    return sample


def make_clip(zoom=3):
    clip = torch.zeros(3, 4, 160 * zoom, 120 * zoom, dtype=torch.uint8)
    clip[:, -1] = GREY  # only the key frame is grey
    return clip


@pytest.mark.parametrize("zoom", [1, 3])
def test_boxes_are_scaled_from_the_original_to_the_picture(zoom):
    """The picture is 360 x 480, small clips are enlarged to that."""
    sample = make_sample(zoom=zoom)
    picture = draw_sample(make_clip(zoom), sample, ["a", "b"], 0.3)
    assert picture.shape == (480, 360, 3)
    assert (picture[300, 15] == GREY).all()  # the last frame of the clip
    # original (20, 40, 80, 240) times (1.5, 0.75) is (30, 30, 120, 180)
    assert (picture[100:160, 30] != GREY).any(-1).all()
    assert (picture[100:160, 120] != GREY).any(-1).all()
    assert (picture[100:160, 75] == GREY).all()
    # ground truth: normalised (.5, .5, .75, .75) of 360 x 480
    assert (picture[241:359, 180] != GREY).any(-1).all()
    assert (picture[241:359, 270] != GREY).any(-1).all()


def test_low_scores_are_not_drawn():
    sample = make_sample(score=0.2)
    del sample.ann_boxes
    picture = draw_sample(make_clip(), sample, ["a", "b"], 0.3)
    assert (picture == GREY).all()


def test_the_key_frame_of_a_centred_clip_is_drawn():
    clip = make_clip().roll(-1, dims=1)  # grey is place 2 of 4
    sample = make_sample(score=0.2)
    del sample.ann_boxes
    assert (draw_sample(clip, sample, ["a", "b"], 0.3) == 0).all()
    picture = draw_sample(clip, sample, ["a", "b"], 0.3, key_frame="centre")
    assert (picture == GREY).all()


@pytest.mark.parametrize("stage", ["val", "test"])
def test_frames_of_evenly_spread_batches_go_to_the_visualizer(stage):
    images = []
    evaluator = SimpleNamespace(dataset_meta={"classes": ["a", "b"]})
    runner = SimpleNamespace(
        iter=7,
        val_evaluator=evaluator,
        test_evaluator=evaluator,
        visualizer=SimpleNamespace(add_image=lambda *args: images.append(args)),
        val_dataloader=range(10),
        test_dataloader=range(10),
        model=torch.nn.Identity(),
    )
    hook = KeyframeVisualizationHook(num_frames=3)
    batch = {"inputs": [make_clip()] * 2}
    for _ in range(2):
        getattr(hook, f"before_{stage}_epoch")(runner)
        for index in range(10):
            samples = [make_sample(2 * index), make_sample(2 * index + 1)]
            empty = {"ann_boxes": np.zeros((0, 4))}  # the other one has ground truth
            samples[0].set_metainfo(empty)
            getattr(hook, f"after_{stage}_iter")(runner, index, batch, samples)
        getattr(hook, f"after_{stage}_epoch")(runner)
    # the middle of three thirds of ten batches: 1, 5, 8
    assert [image[0] for image in images] == ["a_b_3", "a_b_11", "a_b_17"] * 2
    assert {image[2] for image in images} == {7}


def test_heatmaps_of_the_model_lie_over_the_frame():
    images = []
    head = Center3DHead(
        1, 2, codec={"type": "stal_plugin.CenterCodec", "stride": 4}, feat_channels=2
    )
    torch.nn.init.constant_(head.heatmap_head[-1].weight, 0.0)
    torch.nn.init.constant_(head.heatmap_head[-1].bias, 9.0)  # hot everywhere
    evaluator = SimpleNamespace(dataset_meta={"classes": ["a", "b"]})
    runner = SimpleNamespace(
        iter=7,
        val_evaluator=evaluator,
        val_dataloader=range(1),
        visualizer=SimpleNamespace(add_image=lambda *args: images.append(args)),
        model=torch.nn.Sequential(head),
    )
    sample = make_sample(score=0.0)
    del sample.ann_boxes
    for heatmaps in (True, False):
        hook = KeyframeVisualizationHook(num_frames=1, heatmaps=heatmaps)
        hook.before_val_epoch(runner)
        runner.model((torch.zeros(1, 2, 40, 30),))
        hook.after_val_iter(runner, 0, {"inputs": [make_clip()]}, [sample])
        hook.after_val_epoch(runner)
        assert not head._forward_hooks
    assert images[0][1][..., 0].min() > 200  # yellow
    assert (images[1][1] == GREY).all()


def test_the_hosts_hook_fails_on_a_video_sample(tmp_path):
    from mmdet.engine.hooks import DetVisualizationHook
    from mmengine.visualization import Visualizer

    Visualizer.get_instance("keyframe_visualization_test")
    hook = DetVisualizationHook(draw=True)
    with pytest.raises(AttributeError, match="img_path"):
        hook.after_val_iter(SimpleNamespace(iter=0), 0, {}, [make_sample()])
