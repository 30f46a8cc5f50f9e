"""The detector: from a source of frames to boxes, actions and persons."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.compiled_network import ENGINE as COMPILED
from stal_plugin.apis.compiled_network import compile_network
from stal_plugin.apis.engines import Engine, choose_engine
from stal_plugin.apis.exported.onnxruntime_runtime import best_device
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.live_network import prepare_for_live
from stal_plugin.apis.load_model import errors_of_description, is_exported, load_model
from stal_plugin.apis.many_streams import run_streams
from stal_plugin.apis.person_tracker import PersonTracker
from stal_plugin.apis.precision import Precision, fastest
from stal_plugin.apis.sources import Frame, Frames, LiveBuffer, Source, open_frames
from stal_plugin.apis.stopwatch import Stopwatch
from stal_plugin.apis.stream_result import StreamResult
from stal_plugin.apis.stream_session import StreamSession, push_together
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
    ``(H, W, 3)``; ``folder_fps=30`` gives their rate. Several at once: ``run_many``.

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
            file's engine computes in fp32 or, if it can, in bfloat16 (amp).
        match_fps: If the source has another frame rate than the training videos,
            change the distance of the frames so that clips span the same time.
        linker: Links detections to persons. Default: that of the evaluation, IoU 0.3.
        trust: Let the checkpoint run code of its own, see ``load_model``.
        engine: What runs an exported file, see ``open_runtime``. Default:
            onnxruntime. A checkpoint is run by torch, whatever ``'auto'`` is;
            ``'inductor'`` compiles it, see ``compile_network``.

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
        engine: str | None = None,
    ) -> None:
        if stride < 1:
            raise ValueError(f"stride={stride} must be at least 1")
        self.exported = is_exported(checkpoint)
        self.device = torch.device(device or _best_device(self.exported))
        config = config if config is None or isinstance(config, Config) else str(config)
        self.model, self.config = load_model(
            str(checkpoint), config, self.device, trust, engine, precision
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
            prepare_for_live(self.model)
        if engine == COMPILED:
            compile_network(self.model)
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
        session = self.begin(source)
        buffer = LiveBuffer(source) if source.live else None
        groups: Iterable[list[Frame]] = buffer or ([frame] for frame in source)
        try:
            for frames in self._decoded(groups):
                session.lost = buffer.num_lost if buffer else 0
                self.prepare(session, frames)
                yield from self.detect([session])
        finally:
            (buffer or source).close()

    def run_many(
        self, sources: Mapping[str, Frames], max_batch: int = 8, **options: Any
    ) -> Generator[StreamResult, None, None]:
        """Detect on several sources at once, with one network.

        Each stream has a state of its own, and its results are those that it would have
        alone. Streams take turns; of a live source that is faster than its turns all
        frames enter the clips, but detection runs on the newest, and of a file on every
        frame. A stream that ends, fails or says nothing does not disturb the others.

        Args:
            sources: For the name of each stream what ``__call__`` takes.
            max_batch: Streams whose frames the network sees at once, at most.
            **options: Arguments of ``open_frames``, for all sources.

        Yields:
            Results of all streams as they come; the last item of a stream says how it
            ended.

        Raises:
            ValueError: There is no source, or ``max_batch`` is not positive.
        """
        return run_streams(
            self,
            {name: partial(open_frames, s, **options) for name, s in sources.items()},
            max_batch,
        )

    def begin(self, source: Source, track: bool = True) -> StreamSession:
        """Return what is kept of a stream that begins.

        Args:
            source: The stream.
            track: Whether persons are followed; that takes time of its own.
        """
        trained = self.config.fps if self.match_fps else None
        engine = self._new_engine(self.sampling.of_rate(source.fps, trained))
        linker = deepcopy(self.linker) or OnlineLinker(len(self.classes))
        tracker = PersonTracker(linker) if track else None
        return StreamSession(source.name, engine, tracker)

    def prepare(self, session: StreamSession, frames: Sequence[Frame]) -> None:
        """Prepare the next frames of a stream; the network does not run yet.

        Args:
            session: The stream.
            frames: One or more. :meth:`detect` will look at the last one.
        """
        with self._part("preprocess"):
            ready = [self._prepared(frame, session.name) for frame in frames]
        session.frames = list(frames)
        session.prepared = [frame for frame, _ in ready]
        session.sample = ready[-1][1]

    def detect(self, sessions: Sequence[StreamSession]) -> list[FrameResult]:
        """Run the network on the prepared frames of one or several streams.

        Args:
            sessions: Streams whose newest frames have one size, once prepared.

        Returns:
            A result for each.
        """
        with self._part("forward"):
            found = self._forward(sessions)
        with self._part("track"):
            return [
                session.result(*pair, self.score_thr, self.classes)
                for session, pair in zip(sessions, found, strict=True)
            ]

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

    def _prepared(self, frame: Frame, name: str) -> tuple[Tensor, Any]:
        """Return a frame ``(C, h, w)``, normalised, and its sample."""
        inputs, sample = self.pipeline(frame.image, name, frame.number)
        batch = {"inputs": [inputs], "data_samples": [sample]}
        with torch.inference_mode(), self.precision.autocast(self.device):
            batch = self.model.data_preprocessor(batch, False)
        return batch["inputs"][0, :, 0], batch["data_samples"][0]

    def _forward(
        self, sessions: Sequence[StreamSession]
    ) -> list[tuple[InstanceData, int]]:
        scope = DefaultScope.overwrite_default_scope(self.config.scope)
        engines = [session.engine for session in sessions]
        with scope, torch.inference_mode(), self.precision.autocast(self.device):
            push_together(sessions)
            samples = [session.sample for session in sessions]
            return type(engines[0]).predict_batch(engines, samples)

    def _choose_precision(self, name: str | None) -> Precision:
        if self.exported:
            return Precision()  # it was opened with its engine's
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
        session = StreamSession("", self._new_engine(self.sampling), tracker=None)
        grey = np.full((240, 320, 3), 114, np.uint8)
        self.prepare(session, [Frame(grey, 1, 0.0, 0.0)])
        ((detections, _),) = self._forward([session])
        detections.scores.sum().item()  # waits for a GPU


def _best_device(exported: bool) -> str:
    return best_device() if exported else str(get_device())
