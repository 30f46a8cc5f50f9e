"""Our parts in plain configs of mmdet and of mmaction2, named by prefix only."""

from pathlib import Path

import pytest
import torch
from fixtures.tool_server import ToolServer
from mmaction.registry import MODELS as MMACTION_MODELS
from mmaction.structures import ActionDataSample
from mmdet.registry import MODELS as MMDET_MODELS
from mmdet.structures import DetDataSample
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.backbones.darknet19 import Darknet19
from stal_plugin.models.losses.enf_loss import ENFLoss
from stal_plugin.models.task_modules.kmeans_anchor_generator import (
    KMeansAnchorGenerator,
)

K = 3
BACKBONE = {"type": "stal_plugin.Darknet19", "width": 0.125}
ANCHORS = {
    "type": "stal_plugin.KMeansAnchorGenerator",
    "strides": [32],
    "num_anchors": 2,
    "sizes": [(20, 30), (22, 28), (60, 40), (58, 44), (90, 90)],
}


def _loss(use_sigmoid: bool) -> dict:
    return {
        "type": "stal_plugin.ENFLoss",
        "num_classes": K,
        "samples_per_class": [500, 50, 5],
        "beta": 0.99,
        "form": "inverse",
        "normalize": "instance",
        "use_sigmoid": use_sigmoid,
    }


def _yolo_head() -> dict:
    return {
        "type": "YOLOV3Head",
        "num_classes": K,
        "in_channels": [128],
        "out_channels": [32],
        "featmap_strides": [32],
        "anchor_generator": ANCHORS,
        "bbox_coder": {"type": "YOLOBBoxCoder"},
        "loss_cls": {**_loss(use_sigmoid=True), "reduction": "sum"},
    }


def _retina_head(use_sigmoid: bool) -> dict:
    return {
        "type": "RetinaHead",
        "num_classes": K,
        "in_channels": 128,
        "feat_channels": 32,
        "stacked_convs": 1,
        "anchor_generator": ANCHORS,
        "loss_cls": _loss(use_sigmoid),
        "loss_bbox": {"type": "L1Loss"},
    }


def _fcos_head() -> dict:
    return {
        "type": "FCOSHead",
        "num_classes": K,
        "in_channels": 128,
        "feat_channels": 32,
        "stacked_convs": 1,
        "strides": [32],
        "regress_ranges": [(-1, 1e8)],
        "loss_cls": _loss(use_sigmoid=True),
    }


def _detector(bbox_head: dict) -> dict:
    kind = "GridAssigner" if bbox_head["type"] == "YOLOV3Head" else "MaxIoUAssigner"
    assigner = {
        "type": kind,
        "pos_iou_thr": 0.5,
        "neg_iou_thr": 0.4,
        "min_pos_iou": 0,
    }
    return {
        "type": "SingleStageDetector",
        "data_preprocessor": {"type": "DetDataPreprocessor", "pad_size_divisor": 32},
        "backbone": BACKBONE,
        "bbox_head": bbox_head,
        "train_cfg": {
            "assigner": assigner,
            "allowed_border": -1,
            "pos_weight": -1,
            "debug": False,
        },
    }


def _detection_batch() -> dict:
    samples = []
    for labels in ([0, 2], [1]):
        boxes = torch.tensor([[10.0, 12, 70, 50], [40, 40, 62, 70]])[: len(labels)]
        meta = {"img_shape": (96, 96), "batch_input_shape": (96, 96)}
        meta |= {"pad_shape": (96, 96), "scale_factor": (1.0, 1.0)}
        sample = DetDataSample(metainfo=meta)
        sample.gt_instances = InstanceData(bboxes=boxes, labels=torch.tensor(labels))
        samples.append(sample)
    images = torch.randint(0, 256, (2, 3, 96, 96), dtype=torch.uint8)
    return {"inputs": list(images), "data_samples": samples}


def _train_step(model: nn.Module, data: dict) -> dict[str, Tensor]:
    """One real step; checks that every parameter of the backbone learns from it."""
    before = {name: p.clone() for name, p in model.backbone.named_parameters()}
    optimizer = {"type": "SGD", "lr": 0.1}
    wrapper = build_optim_wrapper(
        model, {"type": "OptimWrapper", "optimizer": optimizer}
    )
    model.train()
    losses = model.train_step(data, wrapper)
    assert all(torch.isfinite(value).all() for value in losses.values())
    for name, parameter in model.backbone.named_parameters():
        # Plain SGD moves what has a gradient and nothing else.
        assert not torch.equal(parameter, before[name]), name
        assert torch.isfinite(parameter).all(), name
    return losses


@pytest.mark.parametrize(
    ("head", "reported"),
    [
        (_yolo_head(), {"loss_cls", "loss_conf", "loss_xy", "loss_wh"}),
        (_retina_head(use_sigmoid=True), {"loss_cls", "loss_bbox"}),
        (_retina_head(use_sigmoid=False), {"loss_cls", "loss_bbox"}),
        (_fcos_head(), {"loss_cls", "loss_bbox", "loss_centerness"}),
    ],
    ids=["YOLOV3Head", "RetinaHead-sigmoid", "RetinaHead-softmax", "FCOSHead"],
)
def test_mmdet_detector(head: dict, reported: set[str]) -> None:
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MMDET_MODELS.build(_detector(head))
        model.init_weights()
        losses = _train_step(model, _detection_batch())
    assert set(losses) == {*reported, "loss"}
    assert losses["loss_cls"] > 0
    assert isinstance(model.backbone, Darknet19)
    assert isinstance(model.bbox_head.loss_cls, ENFLoss)
    state = model.state_dict()
    assert state["bbox_head.loss_cls.class_weights"].shape == (K,)
    if "anchor_generator" in head:
        assert isinstance(model.bbox_head.prior_generator, KMeansAnchorGenerator)
        assert state["bbox_head.prior_generator.anchor_sizes"].shape == (1, 2, 2)


@MMACTION_MODELS.register_module()
class _AverageFrames(nn.Module):
    """What a user adds: mmaction's recognizers want one tensor, not mmdet's tuple."""

    def forward(self, maps: list[Tensor], data_samples: object) -> tuple[Tensor, dict]:
        return maps[-1].mean(2, keepdim=True), {}


@pytest.mark.parametrize(
    ("use_sigmoid", "label_smooth_eps"), [(False, 0.0), (True, 0.0), (False, 0.1)]
)
def test_mmaction_recognizer(use_sigmoid: bool, label_smooth_eps: float) -> None:
    config = {
        "type": "Recognizer2D",
        "data_preprocessor": {"type": "ActionDataPreprocessor", "format_shape": "NCHW"},
        "backbone": BACKBONE,
        "neck": {"type": "_AverageFrames"},
        "cls_head": {
            "type": "TSNHead",
            "num_classes": K,
            "in_channels": 128,
            "loss_cls": _loss(use_sigmoid),
            "topk": 1,
            "label_smooth_eps": label_smooth_eps,
        },
    }
    model = MMACTION_MODELS.build(config)
    model.init_weights()
    labels = [0, 2]
    samples = [ActionDataSample().set_gt_label(label) for label in labels]
    clips = list(torch.randint(0, 256, (2, 4, 3, 64, 64), dtype=torch.uint8))
    losses = _train_step(model, {"inputs": clips, "data_samples": samples})
    assert set(losses) == {"loss_cls", "top1_acc", "loss"}
    assert losses["loss_cls"] > 0
    assert isinstance(model.backbone, Darknet19)
    assert isinstance(model.cls_head.loss_cls, ENFLoss)


def test_importing_the_package_is_all_that_a_host_needs(
    tool_server: ToolServer, tmp_path: Path
) -> None:
    """In a fresh interpreter, where nothing has imported our modules before."""
    code = (
        "import stal_plugin\n"
        "from mmengine.registry import DefaultScope\n"
        "from mmdet.registry import MODELS, TASK_UTILS\n"
        "DefaultScope.get_instance('mmdet', scope_name='mmdet')\n"
        "kinds = ((MODELS, 'Darknet19', {}),"
        " (MODELS, 'ENFLoss', dict(num_classes=2, beta=0.0)),"
        " (TASK_UTILS, 'KMeansAnchorGenerator',"
        " dict(strides=[32], base_sizes=[[(8, 8)]])))\n"
        "for node, name, arguments in kinds:\n"
        "    made = node.build(dict(type='stal_plugin.' + name, **arguments))\n"
        "    print(type(made).__module__)\n"
    )
    result = tool_server.run(["-c", code], tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [
        "stal_plugin.models.backbones.darknet19",
        "stal_plugin.models.losses.enf_loss",
        "stal_plugin.models.task_modules.kmeans_anchor_generator",
    ]
