"""A detector that knows the answers and errs in a way that depends on the frame."""

import zlib

import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.structures import InstanceData
from torch import nn


@MODELS.register_module(force=True)
class TinyDetector(BaseModel):
    """Shifts the true boxes and adds one that is anywhere; scores are random."""

    def __init__(self, num_classes: int = 3) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, inputs: list, data_samples: list, mode: str = "tensor") -> list:
        for sample in data_samples:
            name = f"{sample.video_id} {sample.frame}".encode()
            rng = np.random.default_rng(zlib.crc32(name))
            height, width = sample.original_shape
            size = np.array([width, height, width, height])
            anywhere = np.array([[0.1, 0.1, 0.4, 0.5]]) + rng.uniform(0, 0.4)
            true = np.asarray(sample.ann_boxes)
            boxes = np.concatenate([true + rng.normal(0, 0.03, true.shape), anywhere])
            boxes = np.sort(boxes.reshape(-1, 2, 2), axis=1).reshape(-1, 4) * size
            hot = rng.random((len(boxes), self.num_classes)) < 0.5
            hot[: len(true)] |= np.asarray(sample.ann_labels) > 0
            box, label = np.nonzero(hot)
            sample.pred_instances = InstanceData(
                bboxes=torch.tensor(boxes[box]),
                labels=torch.tensor(label),
                scores=torch.tensor(rng.random(len(box)).round(1)),  # with ties
                objectness=torch.tensor(rng.random(len(boxes))[box]),
            )
        return data_samples
