"""Any detector of mmdet, asked for persons."""

from collections.abc import Sequence
from typing import Any

import torch
from mmdet.datasets import CocoDataset
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.dense_heads.postprocess import to_original_pixels
from stal_plugin.models.detectors.actor_views import letterbox
from stal_plugin.models.detectors.image_samples import check_test_cfg
from stal_plugin.registry import MODELS

_COCO: tuple[str, ...] = CocoDataset.METAINFO["classes"]


@MODELS.register_module()
class PersonDetector(BaseModule):
    """Run a detector of mmdet on raw frames and keep the persons.

    It prepares the frames itself, as the detector was trained: letterbox, order of the
    channels, mean and std. The defaults are those of YOLOX.

    Args:
        detector: Config of the detector, e.g. ``dict(type='mmdet.YOLOX', ...)``. Its
            parts need no ``mmdet.`` prefix; it has no ``data_preprocessor``. Or a
            module with ``predict``, such as an exported detector.
        size: Largest height and width of its input, multiples of 32; no more is filled
            up than to such a multiple.
        mean: Of each channel, in the order of its input, on the scale of 0 to 255.
        std: Of each channel.
        bgr: Whether it takes BGR.
        pad_value: What a letterbox is filled up with, before mean and std.
        class_names: Names of its classes; None: the 80 of COCO.
        person: Name of the class that is kept.
        test_cfg: Persons must score more than ``score_thr``, default 0.3; the best
            ``max_people``, default 20, are kept.
        init_cfg: Initialisation, see mmengine.

    Shape:
        frames ``(B, 3, H, W)``, RGB, 0 to 255.

    Raises:
        ValueError: There is no such class, or the detector has a preprocessor of its
            own or no ``nms_pre``.
    """

    def __init__(
        self,
        detector: dict | nn.Module,
        size: tuple[int, int] = (416, 416),
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        bgr: bool = True,
        pad_value: float = 114.0,
        class_names: Sequence[str] | None = None,
        person: str = "person",
        test_cfg: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.label = label_of(person, _COCO if class_names is None else class_names)
        if not isinstance(detector, nn.Module):
            detector = _built(detector)
        self.detector: Any = detector
        self.size = (int(size[0]), int(size[1]))
        self.bgr = bgr
        self.pad_value = pad_value
        self.test_cfg = {"score_thr": 0.3, "max_people": 20, **(test_cfg or {})}
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), False)

    def prepare(self, frames: Tensor) -> tuple[Tensor, list[DetDataSample]]:
        """Make the detector's input.

        Args:
            frames: ``(B, 3, H, W)``.

        Returns:
            ``(B, 3, h, w)`` and B samples without annotation.
        """
        images, scale = letterbox(frames.float(), self.size, self.pad_value)
        images = images.flip(1) if self.bgr else images
        size = (images.shape[-2], images.shape[-1])
        meta = {
            "img_shape": size,
            "pad_shape": size,
            "batch_input_shape": size,
            "ori_shape": tuple(frames.shape[-2:]),
            "scale_factor": (scale, scale),
            "border": (0, 0, 0, 0),
        }
        samples = [DetDataSample(metainfo=meta) for _ in frames]
        return (images - self.mean) / self.std, samples

    def forward(self, frames: Tensor) -> list[InstanceData]:
        """Find the persons.

        Args:
            frames: ``(B, 3, H, W)``.

        Returns:
            Of each frame ``bboxes (N, 4)`` xyxy in its pixels, inside of it, and
            ``scores (N,)``, best first.
        """
        images, samples = self.prepare(frames)
        found = self.detector.predict(images, samples, rescale=True)
        return [self._persons(s.pred_instances, frames.shape[-2:]) for s in found]

    def loss(self, frames: Tensor, boxes: Sequence[Tensor]) -> dict[str, Tensor]:
        """Losses of the detector, which learns that every actor is a person.

        Args:
            frames: ``(B, 3, H, W)``.
            boxes: Of each frame ``(N, 4)`` xyxy in its pixels.
        """
        images, samples = self.prepare(frames)
        for sample, own in zip(samples, boxes, strict=True):
            sample.gt_instances = InstanceData(
                bboxes=own.float() * sample.metainfo["scale_factor"][0],
                labels=torch.full((len(own),), self.label, device=own.device),
            )
        losses: dict[str, Tensor] = self.detector.loss(images, samples)
        return {f"person_{name}": value for name, value in losses.items()}

    def _persons(self, found: InstanceData, shape: Sequence[int]) -> InstanceData:
        keep = (found.labels == self.label) & (
            found.scores > self.test_cfg["score_thr"]
        )
        scores, order = found.scores[keep].float().sort(descending=True, stable=True)
        boxes = found.bboxes[keep][order].float()
        frame = (int(shape[0]), int(shape[1]))
        boxes = to_original_pixels(boxes, boxes.new_ones(2), frame)
        persons = InstanceData(bboxes=boxes, scores=scores)
        return persons[: self.test_cfg["max_people"]]


def _built(detector: dict) -> nn.Module:
    if detector.get("data_preprocessor") is not None:
        raise ValueError(
            "the detector of a PersonDetector has a data_preprocessor of its own, "
            "which would not run: move its mean and std to the PersonDetector"
        )
    if "YOLOX" not in str(detector.get("type")):
        check_test_cfg(detector.get("test_cfg"))
    # mmdet reads test_cfg by attribute; a plain dict has none
    built: nn.Module = MODELS.build(ConfigDict({"_scope_": "mmdet", **detector}))
    return built


def label_of(person: str, class_names: Sequence[str]) -> int:
    """Return the index of a class of a detector.

    Raises:
        ValueError: It has none of this name.
    """
    names = list(class_names)
    if person not in names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise ValueError(
            f"the person detector has no class {person!r}, its {len(names)} classes "
            f"are {shown}: set person_detector.person to the one that people are, or "
            "person_detector.class_names to the names of its classes"
        )
    return names.index(person)
