"""Show some predictions while training; the hosts' own hooks cannot.

Upstream faults: ``mmdet.DetVisualizationHook`` reads ``img_path``, which no sample of
a video has; mmaction2's ``VisualizationHook`` passes an argument that its
``ActionVisualizer`` does not take, and that draws no boxes. This hook can go when one
of them draws boxes on a frame of an ``ActionDataSample``.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import Tensor

from stal_plugin.registry import HOOKS

_SHORT_SIDE = 360


@HOOKS.register_module()
class KeyframeVisualizationHook(Hook):
    """Draw the first key frames of each validation or test.

    The picture is the last frame of the clip as the network sees it. It goes to the
    visualizer's backends, by default to ``vis_data/vis_image`` in the work dir.

    Args:
        num_frames: Pictures per validation or test.
        score_thr: Predictions with a smaller score are not drawn.
    """

    def __init__(self, num_frames: int = 8, score_thr: float = 0.3) -> None:
        self.num_frames = num_frames
        self.score_thr = score_thr
        self._count = 0

    def before_val_epoch(self, runner: Runner) -> None:
        """Begin again."""
        self._count = 0

    def before_test_epoch(self, runner: Runner) -> None:
        """Begin again."""
        self._count = 0

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Draw a batch of the validation."""
        self._draw(runner, data_batch, outputs or (), runner.val_evaluator)

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Draw a batch of the test."""
        self._draw(runner, data_batch, outputs or (), runner.test_evaluator)

    @master_only
    def _draw(
        self, runner: Runner, data_batch: dict, samples: Sequence, evaluator: Any
    ) -> None:
        left = max(self.num_frames - self._count, 0)
        for clip, sample in zip(
            data_batch["inputs"][:left], samples[:left], strict=True
        ):
            picture = draw_sample(
                clip, sample, evaluator.dataset_meta["classes"], self.score_thr
            )
            name = f"{sample.video_id}_{sample.frame}".replace("/", "_")
            runner.visualizer.add_image(name, picture, runner.iter)
            self._count += 1


def draw_sample(
    clip: Tensor, sample: BaseDataElement, classes: Sequence[str], score_thr: float
) -> np.ndarray:
    """Draw predictions and ground truth on the key frame of a clip.

    Args:
        clip: ``(3, T, H, W)`` uint8 RGB, the key frame last.
        sample: Has ``pred_instances`` in original pixels; ``ann_boxes``, normalised,
            and ``ann_labels`` where the annotation is known.
        classes: Names of the classes.
        score_thr: Predictions with a smaller score are not drawn.

    Returns:
        ``(zH, zW, 3)`` uint8 RGB, enlarged by a whole number z so that the labels
        can be read.
    """
    # matplotlib comes with it: a second of every start, for those who do not draw
    from stal_plugin.visualization import BoxOverlay, draw_frame, resize_frame

    zoom = math.ceil(_SHORT_SIDE / min(clip.shape[-2:]))
    height, width = (zoom * side for side in clip.shape[-2:])
    frame = clip[:, -1].permute(1, 2, 0).cpu().numpy()
    predictions = sample.pred_instances.cpu().numpy()
    scale = zoom * np.asarray(sample.get("scale_factor", (1, 1)))
    truth = None
    if "ann_boxes" in sample:
        truth = BoxOverlay.of_ground_truth(
            np.asarray(sample.ann_boxes) * np.array([width, height, width, height]),
            np.asarray(sample.ann_labels),
            classes,
        )
    shown = BoxOverlay.of_predictions(
        predictions.bboxes * np.tile(scale, 2),
        predictions.labels,
        predictions.scores,
        classes,
        score_thr,
    )
    return draw_frame(resize_frame(frame, width, height), shown, truth)
