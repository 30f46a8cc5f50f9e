"""Networks and a way to run them on a stream."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.config import ConfigDict

from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.registry import MODELS

Found = list[tuple[Any, int]]


@pytest.fixture
def stream(settings: Callable, square: Callable) -> Callable[..., Found]:
    """Run an engine on moving squares; returns its detections and their ages."""
    steps = settings()["test_dataloader"]["dataset"]["pipeline"]
    pipeline = FramePipeline(steps)

    def run(
        engine: type,
        model: Any,
        stride: int = 1,
        sampling: ClipSampling = ClipSampling(4),  # noqa: B008  (it is frozen)
        numbers: range = range(1, 8),
    ) -> Found:
        runner = engine(model, ClipRing(sampling), stride)
        found = []
        for number in numbers:
            inputs, sample = pipeline(square(number), "v", number)
            batch = {"inputs": [inputs], "data_samples": [sample]}
            with torch.inference_mode():
                batch = model.data_preprocessor(batch)
                runner.push(number, batch["inputs"][0, :, 0])
                found.append(runner.predict(batch["data_samples"][0]))
        return found

    return run


@pytest.fixture
def center3d() -> Callable[..., Any]:
    """Maker of tiny Center3D networks that find much."""

    def make(per: str = "actor", keypoints: int = 9, blended: bool = False) -> Any:
        torch.manual_seed(2)
        model = MODELS.build(ConfigDict(_center3d_config(per, keypoints, blended)))
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
        model.classifier.fc_cls.weight.data.normal_()
        return model.eval()

    return make


def _center3d_config(per: str, keypoints: int, blended: bool) -> dict:
    localizer = {
        "type": "mmdet.SingleStageDetector",
        "backbone": {
            "type": "mmdet.ResNet",
            "depth": 18,
            "base_channels": 8,
            "num_stages": 2,
            "strides": (1, 2),
            "dilations": (1, 1),
            "out_indices": (1,),
        },
        "neck": {
            "type": "mmdet.CTResNetNeck",
            "in_channels": 16,
            "num_deconv_filters": (8,),
            "num_deconv_kernels": (4,),
            "use_dcn": False,
        },
        "bbox_head": {
            "type": "stal_plugin.Center3DHead",
            "num_classes": 1,
            "in_channels": 8,
            "feat_channels": 8,
            "codec": {"type": "stal_plugin.CenterCodec", "stride": 4, "topk": 6},
            "num_keypoints": keypoints,
        },
        "test_cfg": {"score_thr": 0.0},
    }
    classifier = {
        "type": "stal_plugin.ActionClassifier",
        "num_classes": 2,
        "in_channels": 32,
        "per": per,
        "loss_cls": {"type": "mmdet.CrossEntropyLoss"},
        "backbone": {
            "type": "stal_plugin.ResNet3D18",
            "width": 0.0625,
            "in_channels": 3 if blended else 9,
            "stem_kernel": (3, 3, 3),
            "spatial_strides": (1, 1, 1, 1),
        },
    }
    return {
        "type": "stal_plugin.Center3D",
        "data_preprocessor": {
            "type": "stal_plugin.ClipDataPreprocessor",
            "mean": [114.0] * 3,
            "std": [58.0] * 3,
        },
        "localizer": localizer,
        "classifier": classifier,
        "classifier_input": "blend" if blended else "heatmap",
        "test_cfg": {"score_thr": 0.0},
    }
