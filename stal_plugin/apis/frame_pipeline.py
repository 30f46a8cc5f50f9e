"""The test pipeline, applied to one frame at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope
from numpy.typing import NDArray
from torch import Tensor

from stal_plugin.registry import TRANSFORMS

#: Steps that choose or decode frames, or need annotations.
_NOT_FOR_FRAMES = (
    *("SampleKeyframeClip", "DecodeClip", "BoxesToPixels", "RawFrameDecode"),
    *("DecordInit", "DecordDecode", "OpenCVInit", "OpenCVDecode"),
    *("PyAVInit", "PyAVDecode", "ImageDecode"),
)


class FramePipeline:
    """The test pipeline, applied to one frame at a time.

    Its steps work on the frames of a clip one by one, so that a clip can be put
    together from frames that were prepared once.

    Args:
        pipeline: Config of the test pipeline; steps that choose or decode frames are
            left out.
        scope: Default scope of the registries.
    """

    def __init__(self, pipeline: Sequence[dict], scope: str = "mmaction") -> None:
        with DefaultScope.overwrite_default_scope(scope):
            self.steps = Compose(
                [
                    TRANSFORMS.build(dict(step))
                    for step in pipeline
                    if step["type"].rpartition(".")[2] not in _NOT_FOR_FRAMES
                ]
            )

    def __call__(
        self, image: NDArray[np.uint8], video_id: str, number: int
    ) -> tuple[Tensor, Any]:
        """Prepare a frame.

        Args:
            image: ``(H, W, 3)`` RGB.
            video_id: Name of the stream.
            number: Number of the frame, 1-based.

        Returns:
            ``(C, 1, h, w)``, not normalised, and the sample with the metainfo.

        Raises:
            ValueError: The pipeline makes something else of a frame.
        """
        shape = image.shape[:2]
        packed = self.steps(
            {
                "imgs": [image],
                "img_shape": shape,
                "original_shape": shape,
                "clip_len": 1,
                "num_clips": 1,
                "modality": "RGB",
                "video_id": video_id,
                "frame": number,
                "split": "",
            }
        )
        inputs = packed["inputs"]
        if inputs.ndim != 4 or inputs.shape[1] != 1:
            raise ValueError(
                f"the test pipeline makes {tuple(inputs.shape)} of one frame instead "
                "of (C, 1, H, W): end it with mmaction.FormatShape("
                "input_format='NCTHW', collapse=True), and test on one crop"
            )
        return inputs, packed["data_samples"]
