from typing import Any

import numpy as np
import pytest
import torch
from fixtures.dense_heads import CHANNELS, CLASSES, NAMES, SUPPRESSION, dense_head
from mmaction.structures import ActionDataSample
from mmdet.models.detectors import SingleStageDetector
from mmengine.logging import MessageHub
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import nn

from stal_plugin.models.detectors.clip_detector import ClipDetector, is_single_stage
from stal_plugin.registry import MODELS

SIZE = 64
ORIGINAL = (128, 32)  # h, w: half in y, twice in x
BACKBONE = {
    "type": "stal_plugin.LinkNet",
    "backbone_2d": {
        "type": "stal_plugin.Darknet19",
        "width": 0.0625,
        "output_stride": 16,
        "out_channels": 8,
    },
    "backbone_3d": {
        "type": "stal_plugin.ResNet3D18",
        "width": 0.0625,
        "stem_kernel": (3, 5, 5),
        "spatial_strides": (1, 2, 2, 1),
    },
}


def _model(
    head: dict,
    train_cfg: dict | None = None,
    auxiliary_head: dict | None = None,
    **test_cfg: Any,
) -> ClipDetector:
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmaction"):  # as in all our configs
        model = MODELS.build(
            {
                "type": "stal_plugin.ClipDetector",
                "data_preprocessor": {"type": "stal_plugin.ClipDataPreprocessor"},
                "backbone": BACKBONE,
                "neck": {
                    "type": "stal_plugin.CFAM",
                    "in_channels": (8, 32),
                    "channels": CHANNELS,
                },
                "bbox_head": head,
                "train_cfg": train_cfg,
                "test_cfg": {**SUPPRESSION, **test_cfg},
                "auxiliary_head": auxiliary_head,
            }
        )
    model.init_weights()
    return model


def _mmdet_model(name: str) -> ClipDetector:
    # TOOD asks the run for its epoch
    MessageHub.get_current_instance().update_info("epoch", 0)
    return _model(*dense_head(name))


def _samples(**meta: Any) -> list[ActionDataSample]:
    samples = []
    for label in (0, 1):
        sample = ActionDataSample(
            metainfo={
                "img_shape": (SIZE, SIZE),
                "original_shape": ORIGINAL,
                "scale_factor": np.array([2.0, 0.5], np.float32),
                **meta,
            }
        )
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor([[8.0, 8, 40, 50], [20, 10, 60, 60]]),
            labels=torch.tensor([label, 2]),
        )
        samples.append(sample)
    return samples


def _excite(model: ClipDetector) -> None:
    """Spread scores and boxes, which are small and alike at first."""
    for parameter in model.bbox_head.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=1.5 * parameter[0].numel() ** -0.5)
    for layer in model.bbox_head.modules():
        if isinstance(layer, nn.Conv2d) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_finite_and_teach_both_branches(name: str) -> None:
    model = _mmdet_model(name).train()
    clips = torch.rand(2, 3, 8, SIZE, SIZE)
    loss, log = model.parse_losses(model(clips, _samples(), mode="loss"))
    assert {"loss_cls", "loss_bbox"} < set(log)
    assert all(torch.isfinite(value) and value >= 0 for value in log.values())
    loss.backward()
    for branch in (model.backbone.backbone_2d, model.backbone.backbone_3d):
        total = sum(float(p.grad.abs().sum()) for p in branch.parameters())
        assert total > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_predictions_are_in_original_pixels_and_inside_the_frame(name: str) -> None:
    model = _mmdet_model(name).eval()
    _excite(model)
    clips = torch.rand(2, 3, 8, SIZE, SIZE)
    with torch.no_grad():
        original = model(clips, _samples(), mode="predict")
        network = model.predict(clips, _samples(original_shape=(SIZE, SIZE)), False)
    for sample, raw in zip(original, network, strict=True):
        found, scale = sample.pred_instances, torch.tensor([2.0, 0.5, 2.0, 0.5])
        assert len(found) == len(raw.pred_instances) > 3
        limit = torch.tensor([32.0, 128.0, 32.0, 128.0])
        expected = (raw.pred_instances.bboxes / scale).clamp(min=0).minimum(limit)
        torch.testing.assert_close(found.bboxes, expected)
        assert (found.scores[:-1] >= found.scores[1:]).all()
        assert 0 <= found.scores.min() < found.scores.max() <= 1
        assert 0 <= found.labels.min() <= found.labels.max() < CLASSES
        if name == "yolox":
            assert (found.objectness > found.scores).all()
        else:
            assert torch.equal(found.objectness, found.scores)


def test_a_box_comes_once_for_each_class() -> None:
    model = _mmdet_model("yolox").eval()
    _excite(model)
    with torch.no_grad():
        (found, _) = model(torch.rand(2, 3, 8, SIZE, SIZE), _samples(), mode="predict")
    boxes = found.pred_instances.bboxes
    _, counts = boxes.unique(dim=0, return_counts=True)
    assert counts.max() > 1


def test_heads_of_ours_see_the_samples_as_they_are() -> None:
    head = {
        "type": "stal_plugin.YOWOHead",
        "num_classes": CLASSES,
        "in_channels": CHANNELS,
        "multilabel": True,
        "prior_generator": {
            "type": "mmdet.YOLOAnchorGenerator",
            "strides": [16],
            "base_sizes": [[(16, 24), (30, 40)]],
        },
        "loss_bbox": {"type": "mmdet.SmoothL1Loss"},
        "loss_obj": {"type": "mmdet.MSELoss"},
        "loss_cls": {
            "type": "stal_plugin.ENFLoss",
            "num_classes": CLASSES,
            "activation": "sigmoid",
            "beta": 0.0,
        },
    }
    model = _model(head)
    twin = SingleStageDetector(
        BACKBONE, {"type": "stal_plugin.CFAM", "in_channels": (8, 32), "channels": 16},
        dict(head), test_cfg=dict(SUPPRESSION),
    )  # fmt: skip
    twin.load_state_dict(model.state_dict())
    samples = _samples()
    for sample in samples:  # multi-hot
        sample.gt_instances.labels = torch.tensor([[1, 1, 0], [0, 0, 1]])
    clips = torch.rand(2, 3, 8, SIZE, SIZE)
    torch.manual_seed(1)
    losses = model.train()(clips, samples, mode="loss")
    torch.manual_seed(1)
    expected = twin.train()(clips, samples, mode="loss")
    for name, value in expected.items():
        torch.testing.assert_close(losses[name], value)
    with torch.no_grad():
        found = model.eval()(clips, samples, mode="predict")[0].pred_instances
        theirs = twin.eval()(clips, _samples(), mode="predict")[0].pred_instances
    assert torch.equal(found.bboxes, theirs.bboxes)
    assert torch.equal(found.scores, theirs.scores)


def test_a_head_that_decodes_in_another_way_predicts_as_mmdet_does() -> None:
    head = {
        "type": "mmdet.RetinaHead",
        "num_classes": CLASSES,
        "in_channels": CHANNELS,
        "feat_channels": 8,
        "stacked_convs": 1,
        "anchor_generator": {
            "type": "AnchorGenerator",
            "octave_base_scale": 1,
            "scales_per_octave": 1,
            "ratios": [1.0],
            "strides": [16],
        },
    }
    model = _model(head).eval()
    _excite(model)
    kind = type(model.bbox_head)
    changed = type("Child", (kind,), {"predict_by_feat": _as_host(kind)})
    clips = torch.rand(1, 3, 8, SIZE, SIZE)
    with torch.no_grad():
        usual = model(clips, _samples()[:1], mode="predict")[0].pred_instances
        model.bbox_head.__class__ = changed
        other = model(clips, _samples()[:1], mode="predict")[0].pred_instances
    assert len(usual) == len(other) > 3
    torch.testing.assert_close(usual.bboxes, other.bboxes)
    torch.testing.assert_close(usual.objectness, other.objectness)


def _as_host(kind: type) -> Any:
    def predict_by_feat(self: Any, *args: Any, **kwargs: Any) -> Any:
        return kind.predict_by_feat(self, *args, **kwargs)  # type: ignore[attr-defined]

    return predict_by_feat


def test_multi_hot_labels_are_refused_by_heads_of_mmdet() -> None:
    samples = _samples()
    samples[0].gt_instances.labels = torch.ones(2, CLASSES)
    with pytest.raises(ValueError, match=r"\(2, 3\): set multilabel=False"):
        _mmdet_model("fcos")(torch.rand(2, 3, 8, SIZE, SIZE), samples, mode="loss")


@pytest.mark.parametrize("key", ["img_shape", "scale_factor"])
def test_missing_metainfo_is_named(key: str) -> None:
    (sample, other) = _samples()
    meta = {k: v for k, v in sample.metainfo.items() if k != key}
    bare = ActionDataSample(metainfo=meta, gt_instances=other.gt_instances)
    clips = torch.rand(2, 3, 8, SIZE, SIZE)
    with pytest.raises(ValueError, match=rf"lack \['{key}'\]: add them to meta_keys"):
        _mmdet_model("fcos")(clips, [bare, other], mode="loss")


def test_what_changes_the_way_is_not_single_stage() -> None:
    model = _mmdet_model("yolox")
    assert is_single_stage(model)
    assert not is_single_stage(nn.Identity())
    for name in ("predict", "detect", "extract_feat"):
        model.__class__ = type("Changed", (ClipDetector,), {name: lambda self: None})
        assert not is_single_stage(model)


AUXILIARY = {"type": "stal_plugin.BoxClassHead", "num_classes": 3, "in_channels": 32}


def test_an_auxiliary_head_adds_its_loss_of_the_3d_map() -> None:
    model = _model(*dense_head("atss"), auxiliary_head={**AUXILIARY, "jitter": 0})
    model.eval()  # batch statistics stay as they are
    clips, samples = torch.rand(2, 3, 8, SIZE, SIZE), _samples()
    losses = model.loss(clips, samples)
    alone = model.auxiliary_head.loss(model.backbone(clips), samples)
    assert torch.allclose(losses["loss_aux_cls"], alone["loss_aux_cls"])
    alone["loss_aux_cls"].backward()
    assert model.backbone.backbone_3d.conv1.weight.grad.abs().max() > 0
    assert all(p.grad is None for p in model.backbone.backbone_2d.parameters())


def test_prediction_does_not_run_the_auxiliary_head() -> None:
    model = _model(*dense_head("atss"), auxiliary_head=AUXILIARY).eval()
    clips = torch.rand(2, 3, 8, SIZE, SIZE)
    with torch.no_grad():
        found = [s.pred_instances.bboxes for s in model.predict(clips, _samples())]
        model.auxiliary_head = None
        without = [s.pred_instances.bboxes for s in model.predict(clips, _samples())]
    assert all(map(torch.equal, found, without))
    assert len(found[0]) > 0
