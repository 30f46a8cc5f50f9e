"""The detector: from a source of frames to boxes, actions and persons."""

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from os import PathLike
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from numpy.typing import NDArray
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.engines import Engine, choose_engine
from stal_plugin.apis.exported.onnx_model import best_device
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.load_model import errors_of_description, is_exported, load_model
from stal_plugin.apis.person_tracker import PersonTracker
from stal_plugin.apis.precision import Precision, fastest
from stal_plugin.apis.sources import Frame, Frames, LiveBuffer, Source, open_frames
from stal_plugin.apis.stopwatch import Stopwatch
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.files.addresses import without_passwords


class ActionDetector:
    """Detect actions in files and streams, in three lines.

    ::

        det = ActionDetector("best.pth")
        for r in det("video.mp4"):  # or 0, "rtsp://...", a folder of images
            print(r.time, r.boxes, r.names, r.scores, r.track_ids)

    It also takes images, of an array or as they come, and a ``Source`` of your own:
    ``det(frames)`` with ``frames`` ``(T, H, W, 3)`` uint8 RGB, or a generator of
    ``(H, W, 3)``; ``folder_fps=30`` gives their rate.

    The checkpoint carries everything else: config, class names, anchors, thresholds of
    the head, preprocessing and frame rate. Each frame is prepared once, and memory does
    not grow with the length of the video. If a live source delivers frames faster than
    the network runs, all of them enter the clips, but detection runs on the newest.

    Args:
        checkpoint: File or address of a checkpoint, or a file that
            ``tools/export_onnx.py`` wrote, which onnxruntime runs.
        config: Config file or object, for a checkpoint that carries none.
        device: For example ``'cuda:1'``. Default: the best that is available.
        score_thr: Detections with a smaller score are left out. The head's own
            threshold (``test_cfg``) applies before.
        stride: n: the 3D branch (or the whole network, where it cannot share work
            between frames) runs on every n-th frame only: faster, less exact.
        precision: ``'fp32'``, ``'amp'`` or ``'auto'``, which measures number formats
            and layouts on this machine and takes the fastest. Default: amp on a GPU,
            fp32 elsewhere, so that results do not depend on the machine. An exported
            file has its own.
        match_fps: If the source has another frame rate than the training videos,
            change the distance of the frames so that clips span the same time.
        linker: Links detections to persons. Default: that of the evaluation, IoU 0.3.
        trust: Let the checkpoint run code of its own, see ``load_model``.

    Raises:
        FileNotFoundError: The checkpoint or config does not exist.
        ValueError: See ``load_model``; or an argument is out of range.
    """

    def __init__(
        self,
        checkpoint: str | PathLike,
        config: str | PathLike | Config | None = None,
        device: str | None = None,
        score_thr: float = 0.3,
        stride: int = 1,
        precision: str | None = None,
        match_fps: bool = True,
        linker: OnlineLinker | None = None,
        trust: bool = False,
    ) -> None:
        if stride < 1:
            raise ValueError(f"stride={stride} must be at least 1")
        self.exported = is_exported(checkpoint)
        self.device = torch.device(device or _best_device(self.exported))
        config = config if config is None or isinstance(config, Config) else str(config)
        self.model, self.config = load_model(
            str(checkpoint), config, self.device, trust
        )
        self.classes = self.config.class_names
        self.score_thr = score_thr
        self.stride = stride
        self.match_fps = match_fps
        self.linker = linker
        self._name = without_passwords(str(checkpoint))
        self._own = config is not None or trust
        with errors_of_description(self._name, self._own):
            self.sampling = ClipSampling.of_pipeline(self.config.pipeline)
            self.pipeline = FramePipeline(self.config.pipeline, self.config.scope)
        #: Set one to measure the stages of each frame.
        self.stopwatch: Stopwatch | None = None
        self.precision = self._choose_precision(precision)
        self.precision.apply(self.model)

    def __call__(
        self, src: Frames, **options: Any
    ) -> Generator[FrameResult, None, None]:
        """Open a source and detect on its frames.

        Args:
            src: Video file, folder of images, number of a camera, address, images
                ``(T, H, W, 3)`` or an iterable of ``(H, W, 3)``, uint8 RGB, or a
                ``Source``.
            **options: Arguments of ``open_frames``: ``live``, ``timeout``, ``retry``,
                ``folder_fps``, ``stream``.

        Returns:
            Iterator over ``FrameResult``.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The source cannot be opened. While iterating: it is damaged or
                lost; the results of all frames before were yielded.
        """
        return self.run(open_frames(src, **options))

    def run(self, source: Source) -> Generator[FrameResult, None, None]:
        """Detect on the frames of an open source, and close it.

        Args:
            source: Any ``Source``, also one of your own.

        Yields:
            A result for each frame; for a live source, for the newest frame each time.
        """
        trained = self.config.fps if self.match_fps else None
        engine = self._new_engine(self.sampling.of_rate(source.fps, trained))
        tracker = PersonTracker(self.linker or OnlineLinker(len(self.classes)))
        buffer = LiveBuffer(source) if source.live else None
        groups: Iterable[list[Frame]] = buffer or ([frame] for frame in source)
        try:
            for frames in self._decoded(groups):
                sample = None
                for frame in frames:
                    if frame.after_gap:
                        engine.reset()
                        tracker.break_off()
                    with self._part("preprocess"):
                        sample = self._push(engine, frame, source.name)
                with self._part("forward"):
                    detections, age = self._predict(engine, sample)
                lost = buffer.num_lost if buffer else 0
                with self._part("track"):
                    result = self._result(frames, detections, age, tracker, lost)
                yield result
        finally:
            (buffer or source).close()

    def _stage(self, name: str) -> AbstractContextManager:
        return self.stopwatch.stage(name) if self.stopwatch else nullcontext()

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        """A stage in which what the checkpoint describes may fail."""
        with self._stage(name), errors_of_description(self._name, self._own):
            yield

    def _decoded(self, groups: Iterable[list[Frame]]) -> Iterator[list[Frame]]:
        iterator = iter(groups)
        while True:
            with self._stage("decode"):
                frames = next(iterator, None)
            if frames is None:
                return
            yield frames

    def _new_engine(self, sampling: ClipSampling) -> Engine:
        return choose_engine(self.model, ClipRing(sampling), self.stride)

    def _push(self, engine: Engine, frame: Frame, name: str) -> Any:
        """Prepare a frame, hand it to the engine, return its sample."""
        inputs, sample = self.pipeline(frame.image, name, frame.number)
        batch = {"inputs": [inputs], "data_samples": [sample]}
        with torch.inference_mode(), self.precision.autocast(self.device):
            batch = self.model.data_preprocessor(batch, False)
            engine.push(frame.number, batch["inputs"][0, :, 0])
        return batch["data_samples"][0]

    def _predict(self, engine: Engine, sample: Any) -> tuple[InstanceData, int]:
        scope = DefaultScope.overwrite_default_scope(self.config.scope)
        with scope, torch.inference_mode(), self.precision.autocast(self.device):
            return engine.predict(sample)

    def _result(
        self,
        frames: Sequence[Frame],
        detections: InstanceData,
        age: int,
        tracker: PersonTracker,
        lost: int,
    ) -> FrameResult:
        scores = _array(detections.scores)
        rows = np.flatnonzero(scores >= self.score_thr)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        boxes, scores = _array(detections.bboxes)[rows], scores[rows]
        labels = detections.labels.cpu().numpy().astype(np.int64)[rows]
        objectness = _array(detections.get("objectness", detections.scores))[rows]
        track_ids, tracks = tracker.update(boxes, labels, scores)
        newest = frames[-1]
        return FrameResult(
            newest.image,
            newest.number,
            newest.time,
            boxes,
            labels,
            scores,
            objectness,
            track_ids,
            tracks,
            self.classes,
            age,
            time.monotonic() - newest.arrival,
            len(frames) - 1,
            lost,
        )

    def _choose_precision(self, name: str | None) -> Precision:
        if self.exported:
            if name not in (None, "auto"):
                raise ValueError(
                    f"precision={name!r}: an exported file has its own number format, "
                    "leave the precision out"
                )
            return Precision()
        if name is None:
            name = "amp" if self.device.type == "cuda" else "fp32"
        if name in ("fp32", "amp"):
            return Precision(amp=name == "amp")
        if name != "auto":
            raise ValueError(f"precision={name!r} must be 'fp32', 'amp' or 'auto'")
        return fastest(self._run_once)

    def _run_once(self, precision: Precision) -> None:
        """Run the network on a grey frame, for measuring."""
        self.precision = precision
        precision.apply(self.model)
        engine = self._new_engine(self.sampling)
        grey = np.full((240, 320, 3), 114, np.uint8)
        sample = self._push(engine, Frame(grey, 1, 0.0, 0.0), "")
        detections, _ = self._predict(engine, sample)
        detections.scores.sum().item()  # waits for a GPU


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.float().cpu().numpy()


def _best_device(exported: bool) -> str:
    return best_device() if exported else str(get_device())
