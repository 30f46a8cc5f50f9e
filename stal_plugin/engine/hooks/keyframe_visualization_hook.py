"""Show some predictions while training; the hosts' own hooks cannot.

Upstream faults: ``mmdet.DetVisualizationHook`` reads ``img_path``, which no sample of
a video has; mmaction2's ``VisualizationHook`` passes an argument that its
``ActionVisualizer`` does not take, and that draws no boxes. This hook can go when one
of them draws boxes on a frame of an ``ActionDataSample``.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import Tensor

from stal_plugin.registry import HOOKS

if TYPE_CHECKING:
    from stal_plugin.engine.heatmap_recorder import HeatmapRecorder

_SHORT_SIDE = 360


@HOOKS.register_module()
class KeyframeVisualizationHook(Hook):
    """Draw some key frames of each validation or test, spread evenly over its batches.

    The picture is the key frame of the clip as the network sees it; in a batch the
    first clip with ground truth is taken, if there is one. It goes to the visualizer's
    backends, by default to ``vis_data/vis_image`` in the work dir. Off unless a config
    says ``custom_hooks=[dict(type="stal_plugin.KeyframeVisualizationHook")]``.

    Args:
        num_frames: Pictures per validation or test, at most one per batch.
        score_thr: Predictions with a smaller score are not drawn.
        heatmaps: Lay the heatmaps of a ``Center3DHead`` over the frames, if the model
            has one.

    Raises:
        ValueError: ``num_frames`` is below 1.
    """

    def __init__(
        self, num_frames: int = 8, score_thr: float = 0.3, heatmaps: bool = True
    ) -> None:
        if num_frames < 1:
            raise ValueError(f"num_frames={num_frames}: allowed is 1 or more")
        self.num_frames = num_frames
        self.score_thr = score_thr
        self.heatmaps = heatmaps
        self._recorder: HeatmapRecorder | None = None

    def before_val_epoch(self, runner: Runner) -> None:
        """Begin to record heatmaps."""
        self._record(runner)

    def before_test_epoch(self, runner: Runner) -> None:
        """Begin to record heatmaps."""
        self._record(runner)

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Let go of the last heatmaps."""
        self._stop()

    def after_test_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Let go of the last heatmaps."""
        self._stop()

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Draw a batch of the validation."""
        if batch_idx in self._chosen(len(runner.val_dataloader)):
            self._draw(runner, data_batch, outputs or (), runner.val_evaluator)

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Draw a batch of the test."""
        if batch_idx in self._chosen(len(runner.test_dataloader)):
            self._draw(runner, data_batch, outputs or (), runner.test_evaluator)

    def _record(self, runner: Runner) -> None:
        self._stop()
        if self.heatmaps:
            # imported late: it brings models with it
            from stal_plugin.engine.heatmap_recorder import HeatmapRecorder

            self._recorder = HeatmapRecorder(runner.model)

    def _stop(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None

    def _chosen(self, num_batches: int) -> set[int]:
        """Return the batches to draw from: the middle of equal parts."""
        count = min(self.num_frames, num_batches)
        return {(2 * i + 1) * num_batches // (2 * count) for i in range(count)}

    @master_only
    def _draw(
        self, runner: Runner, data_batch: dict, samples: Sequence, evaluator: Any
    ) -> None:
        annotated = [i for i, s in enumerate(samples) if len(s.get("ann_boxes", ()))]
        sample_ind = annotated[0] if annotated else 0
        maps = None
        if self._recorder is not None:
            maps = self._recorder.key_frame_heatmaps(len(samples))
        picture = draw_sample(
            data_batch["inputs"][sample_ind],
            samples[sample_ind],
            evaluator.dataset_meta["classes"],
            self.score_thr,
            None if maps is None else maps[sample_ind],
            _key_frame(runner.model),
        )
        name = f"{samples[sample_ind].video_id}_{samples[sample_ind].frame}".replace(
            "/", "_"
        )
        runner.visualizer.add_image(name, picture, runner.iter)


def _key_frame(model: Any) -> str:
    """Place of the key frame in the clips of a network."""
    backbone = getattr(getattr(model, "module", model), "backbone", None)
    return str(getattr(backbone, "key_frame", "last"))


def draw_sample(
    clip: Tensor,
    sample: BaseDataElement,
    classes: Sequence[str],
    score_thr: float,
    heatmap: np.ndarray | None = None,
    key_frame: str = "last",
) -> np.ndarray:
    """Draw predictions and ground truth on the key frame of a clip.

    Args:
        clip: ``(3, T, H, W)`` uint8 RGB.
        sample: Has ``pred_instances`` in original pixels; ``ann_boxes``, normalised,
            and ``ann_labels`` where the annotation is known.
        classes: Names of the classes.
        score_thr: Predictions with a smaller score are not drawn.
        heatmap: ``(h, w)`` or ``(J, h, w)`` in [0, 1], of the clip's frame.
        key_frame: Place of the key frame, ``'last'`` or ``'centre'``.

    Returns:
        ``(zH, zW, 3)`` uint8 RGB, enlarged by a whole number z so that the labels
        can be read.
    """
    # matplotlib comes with it: a second of every start, for those who do not draw
    from stal_plugin.visualization import BoxOverlay, draw_frame, resize_frame

    zoom = math.ceil(_SHORT_SIDE / min(clip.shape[-2:]))
    height, width = (zoom * side for side in clip.shape[-2:])
    place = -1 if key_frame == "last" else clip.shape[1] // 2
    frame = clip[:, place].permute(1, 2, 0).cpu().numpy()
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
    return draw_frame(resize_frame(frame, width, height), shown, truth, heatmap)
