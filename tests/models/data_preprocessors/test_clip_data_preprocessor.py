import copy
import pickle

import numpy as np
import pytest
import torch
from mmaction.models.data_preprocessors import ActionDataPreprocessor
from mmengine.dataset import Compose, pseudo_collate

from stal_plugin.registry import MODELS

META_KEYS = (
    "video_id",
    "frame",
    "split",
    "img_shape",
    "original_shape",
    "scale_factor",
    "flip",
    "ann_boxes",
    "ann_labels",
)


def make_sample(
    frame: int, clip_len: int = 2, size: int = 8, boxes: int = 1, multilabel=False
) -> dict:
    """A packed sample as the pipeline makes it."""
    rng = np.random.default_rng(frame)
    corners = np.tile(np.float32([0.1, 0.2, 0.5, 0.6]), (boxes, 1))
    labels = np.ones((boxes, 3), np.float32) if multilabel else np.arange(boxes)
    results = {
        "imgs": rng.integers(0, 256, (clip_len, 6, 10, 3), np.uint8),
        "img_shape": (6, 10),
        "original_shape": (6, 10),
        "num_clips": 1,
        "clip_len": clip_len,
        "modality": "RGB",
        "video_id": f"v {frame}",
        "frame": frame,
        "split": "train",
        "gt_boxes_norm": corners,
        "gt_labels": labels,
        "ann_boxes": corners.copy(),
        "ann_labels": labels.copy(),
    }
    pipeline = [
        {"type": "stal_plugin.BoxesToPixels"},
        {"type": "stal_plugin.JitterResize", "scale": (size, size)},
        {"type": "stal_plugin.FlipClip"},
        {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
        {"type": "mmaction.PackActionInputs", "meta_keys": META_KEYS},
    ]
    return Compose(pipeline)(results)


def build(**kwargs) -> ActionDataPreprocessor:
    return MODELS.build({"type": "stal_plugin.ClipDataPreprocessor", **kwargs})


def test_default_scales_to_one_as_yowo_does():
    samples = [make_sample(1), make_sample(2)]
    clips = torch.stack([s["inputs"] for s in samples])
    assert clips.dtype == torch.uint8
    assert clips.shape == (2, 3, 2, 8, 8)
    batch = build()(pseudo_collate(samples), training=True)
    assert batch["inputs"].dtype == torch.float32
    assert torch.equal(batch["inputs"], clips.float() / 255)
    assert batch["inputs"].is_contiguous()


@pytest.mark.parametrize("to_rgb", [False, True])
def test_equals_the_hosts_preprocessor_on_clips_of_one_size(to_rgb):
    kwargs = {"mean": [1.0, 2.0, 3.0], "std": [4.0, 5.0, 6.0], "to_rgb": to_rgb}
    host = ActionDataPreprocessor(format_shape="NCTHW", **kwargs)
    data = pseudo_collate([make_sample(1), make_sample(2)])
    expected = host(copy.deepcopy(data))["inputs"]
    torch.testing.assert_close(build(**kwargs)(data)["inputs"], expected)


@pytest.mark.parametrize("change", [{"clip_len": 3}, {"size": 9}])
def test_refuses_clips_of_different_sizes_by_name(change):
    data = pseudo_collate([make_sample(1), make_sample(2, **change)])
    host = ActionDataPreprocessor(format_shape="NCTHW")
    padded = host(copy.deepcopy(data))["inputs"]
    if "clip_len" in change:
        assert (padded[0, :, -1] == 0).all()  # what the host does: a black key frame
    with pytest.raises(ValueError, match=r"one shape") as error:
        build()(data)
    message = str(error.value)
    assert "video 'v 1', frame 1: (3, 2, 8, 8)" in message
    shape = (3, change.get("clip_len", 2), *[change.get("size", 8)] * 2)
    assert f"video 'v 2', frame 2: {shape}" in message


def test_refuses_clips_without_time_also_without_samples():
    with pytest.raises(ValueError, match=r"video None, frame None: \(3, 8, 8\)"):
        build().preprocess([torch.zeros(3, 8, 8)], None)


@pytest.mark.parametrize("multilabel", [False, True])
@pytest.mark.parametrize("boxes", [0, 2])
def test_samples_survive_every_step_between_pipeline_and_model(multilabel, boxes):
    sample = make_sample(3, boxes=boxes, multilabel=multilabel)
    instances = sample["data_samples"].gt_instances
    assert instances.bboxes.shape == (boxes, 4)
    assert instances.bboxes.dtype == torch.float32
    assert instances.labels.shape == ((boxes, 3) if multilabel else (boxes,))
    assert instances.labels.dtype == (torch.float32 if multilabel else torch.int64)
    assert len(instances) == boxes
    meta = sample["data_samples"].metainfo
    assert set(meta) == set(META_KEYS)
    travelled = pickle.loads(pickle.dumps(pseudo_collate([sample, make_sample(4)])))
    first = copy.deepcopy(build()(travelled))["data_samples"][0].to("cpu").clone()
    assert torch.equal(first.gt_instances.bboxes, instances.bboxes)
    assert torch.equal(first.gt_instances.labels, instances.labels)
    for key in ("scale_factor", "ann_boxes", "ann_labels"):
        np.testing.assert_array_equal(first.metainfo[key], meta[key])
        assert first.metainfo[key].dtype == meta[key].dtype
    assert first.metainfo["scale_factor"].dtype == np.float32
    assert first.to_dict()["ann_boxes"].shape == (boxes, 4)
    # mmdet scales boxes back with this expression.
    factor = instances.bboxes.new_tensor(meta["scale_factor"]).repeat((1, 2))
    assert (instances.bboxes / factor).shape == (boxes, 4)
