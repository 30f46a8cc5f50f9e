from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from stal_plugin.engine.hooks import KeyframeVisualizationHook
from stal_plugin.engine.hooks.keyframe_visualization_hook import draw_sample

GREY = 128


def make_sample(frame=3, score=0.9):
    sample = ActionDataSample(
        metainfo={
            "video_id": "a/b",
            "frame": frame,
            "scale_factor": np.array([0.5, 0.25], np.float32),
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


def make_clip():
    clip = torch.zeros(3, 4, 160, 120, dtype=torch.uint8)
    clip[:, -1] = GREY  # only the key frame is grey
    return clip


def column_changes(picture, x, rows):
    return [y for y in rows if (picture[y, x] != GREY).any()]


def test_boxes_are_scaled_from_the_original_to_the_network():
    picture = draw_sample(make_clip(), make_sample(), ["a", "b"], 0.3)
    assert picture.shape == (160, 120, 3)
    assert (picture[100, 5] == GREY).all()  # the last frame of the clip
    # original (20, 40, 80, 240) times (0.5, 0.25) is (10, 10, 40, 60)
    assert (picture[40, 10] != GREY).any()
    assert (picture[40, 40] != GREY).any()
    assert (picture[40, 25] == GREY).all()
    # ground truth: normalised (.5, .5, .75, .75) of 120 x 160, dashed
    assert column_changes(picture, 60, range(80, 120))
    assert column_changes(picture, 90, range(80, 120))


def test_low_scores_are_not_drawn():
    sample = make_sample(score=0.2)
    del sample.ann_boxes
    picture = draw_sample(make_clip(), sample, ["a", "b"], 0.3)
    assert (picture == GREY).all()


@pytest.mark.parametrize("stage", ["val", "test"])
def test_first_frames_of_each_validation_go_to_the_visualizer(stage):
    images = []
    evaluator = SimpleNamespace(dataset_meta={"classes": ["a", "b"]})
    runner = SimpleNamespace(
        iter=7,
        val_evaluator=evaluator,
        test_evaluator=evaluator,
        visualizer=SimpleNamespace(add_image=lambda *args: images.append(args)),
    )
    hook = KeyframeVisualizationHook(num_frames=3)
    batch = {"inputs": [make_clip()] * 2}
    for _ in range(2):
        getattr(hook, f"before_{stage}_epoch")(runner)
        for index in range(3):
            samples = [make_sample(2 * index + 1), make_sample(2 * index + 2)]
            getattr(hook, f"after_{stage}_iter")(runner, index, batch, samples)
    assert [image[0] for image in images] == ["a_b_1", "a_b_2", "a_b_3"] * 2
    assert {image[2] for image in images} == {7}


def test_the_hosts_hook_fails_on_a_video_sample(tmp_path):
    from mmdet.engine.hooks import DetVisualizationHook
    from mmengine.visualization import Visualizer

    Visualizer.get_instance("keyframe_visualization_test")
    hook = DetVisualizationHook(draw=True)
    with pytest.raises(AttributeError, match="img_path"):
        hook.after_val_iter(SimpleNamespace(iter=0), 0, {}, [make_sample()])
