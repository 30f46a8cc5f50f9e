"""The part of a network that is exported: from pixels to decoded boxes."""

from typing import Any

from torch import Tensor, nn

from stal_plugin.compat.openvino_gather import last_frame
from stal_plugin.compat.tood_head import any_batch_size
from stal_plugin.models.data_preprocessors import ClipDataPreprocessor
from stal_plugin.models.dense_heads.decoding import Decoding, decoding_of
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES
from stal_plugin.models.detectors.clip_detector import is_single_stage
from stal_plugin.models.detectors.key_frame_detector import KeyFrameDetector


class ExportedGraph(nn.Module):
    """The part of a network that is exported: from pixels to decoded boxes.

    Thresholds and suppression stay outside, see ``detection_rules.py``.

    Args:
        model: ``stal_plugin.ClipDetector`` or ``mmdet.SingleStageDetector`` (YOWO,
            LinkNet, one-stage Center3D), or ``stal_plugin.KeyFrameDetector`` with one,
            whose head has ``decode`` or is one that ``decoding_of`` knows.

    Shape:
        input ``(B, 3, T, H, W)`` float32, 0 to 255, channels as the pipeline gives
        them (RGB); output: the parts of the rule's output class, in order, without
        those that are None.

    Raises:
        ValueError: The network is of another kind.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.key_frame_only = isinstance(model, KeyFrameDetector)
        self.preprocessor: Any = model.data_preprocessor
        self.detector: Any = model.detector if self.key_frame_only else model
        self.decoding = checked_decoding(model, self.detector)
        _check_preprocessor(self.preprocessor)
        self.head = self.detector.bbox_head
        self.rule = DETECTION_RULES[self.decoding.rule]

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """Return the parts of the decoded output."""
        return tuple(part for part in self.decode(clip) if part is not None)

    def decode(self, clip: Tensor) -> Any:
        """Return the decoded output, of the rule's output class."""
        x = self.preprocessor.normalize(clip.clone())
        if self.key_frame_only:
            x = last_frame(x)
        size = (int(clip.shape[-2]), int(clip.shape[-1]))
        return self._decode(self.detector.extract_feat(x), size, clip.shape[0])

    def decode_maps(
        self, maps: tuple[Tensor, ...], size: tuple[int, int], batch_size: int
    ) -> Any:
        """Return the decoded output from the maps of the backbone.

        Args:
            maps: Output of the backbone.
            size: Height and width of the input.
            batch_size: B.
        """
        features = self.detector.neck(maps) if self.detector.with_neck else maps
        return self._decode(features, size, batch_size)

    def _decode(self, features: Any, size: tuple[int, int], batch_size: int) -> Any:
        with any_batch_size(self.head, batch_size):
            maps = self.head(features)
        return self.decoding.decode(maps, size)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the output, without parts that this head has not."""
        names: tuple[str, ...] = self.rule.output._fields  # type: ignore[attr-defined]
        if getattr(self.head, "num_keypoints", 0):
            return names
        return tuple(name for name in names if not name.startswith("keypoint"))


def checked_decoding(model: Any, detector: Any) -> Decoding:
    """Find how the head of a network decodes.

    Args:
        model: The network as it is called, for the error.
        detector: The detector in it.

    Raises:
        ValueError: It is not one that can be exported.
    """
    if not is_single_stage(detector):
        raise ValueError(
            f"{type(model).__name__} cannot be exported: that needs a single-stage "
            "detector (stal_plugin.ClipDetector, mmdet.SingleStageDetector, or "
            "stal_plugin.KeyFrameDetector with one); this is "
            f"{type(detector).__name__}"
        )
    decoding = decoding_of(detector.bbox_head)
    if decoding is None:
        raise ValueError(
            f"{type(detector.bbox_head).__name__} cannot be exported: its decoding is "
            "not apart from its suppression. Heads that can: YOWOHead, Center3DHead, "
            "ObjectnessYOLOV3Head, any with decode() and a detection_rule, and mmdet's "
            "RTMDet, TOOD, ATSS, YOLOX, FCOS, GFL, RetinaNet"
        )
    return decoding


def _check_preprocessor(preprocessor: Any) -> None:
    if not isinstance(preprocessor, ClipDataPreprocessor):
        raise ValueError(
            f"{type(preprocessor).__name__} cannot be exported: set the model's "
            "data_preprocessor to stal_plugin.ClipDataPreprocessor"
        )
