"""What a detector keeps of one stream: engine, tracker, the frames it looks at now."""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from mmengine.structures import InstanceData
from numpy.typing import NDArray
from torch import Tensor

from stal_plugin.apis.engine import Engine
from stal_plugin.apis.frame_result import FrameResult
from stal_plugin.apis.person_tracker import PersonTracker
from stal_plugin.apis.sources import Frame
from stal_plugin.evaluation.track_table import Track

_Item = TypeVar("_Item")


class StreamSession:
    """What a detector keeps of one stream.

    Args:
        name: Of the source.
        engine: Runs the network on this stream.
        tracker: Of its persons; None: results have no tracks, and -1 as every id.
    """

    def __init__(
        self, name: str, engine: Engine, tracker: PersonTracker | None
    ) -> None:
        self.name = name
        self.engine = engine
        self.tracker = tracker
        #: Frames that came since the last result, and the same prepared, (C, h, w).
        self.frames: list[Frame] = []
        self.prepared: list[Tensor] = []
        #: Metainfo of the newest frame.
        self.sample: Any = None
        #: Frames of a live source that were dropped so far.
        self.lost = 0

    @property
    def size(self) -> tuple[int, ...]:
        """Shape of the newest frame, prepared."""
        return tuple(self.prepared[-1].shape)

    def break_off(self) -> None:
        """Begin anew, because frames are missing; ids of persons go on."""
        self.engine.reset()
        if self.tracker is not None:
            self.tracker.break_off()

    def result(
        self,
        detections: InstanceData,
        age: int,
        score_thr: float,
        classes: tuple[str, ...],
    ) -> FrameResult:
        """Make the result of the newest frame, and be done with the frames.

        Args:
            detections: Of the network.
            age: Predictions since the clip was looked at.
            score_thr: Rows with a smaller score are left out.
            classes: Names.
        """
        scores = _array(detections.scores)
        rows = np.flatnonzero(scores >= score_thr)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        boxes, scores = _array(detections.bboxes)[rows], scores[rows]
        labels = detections.labels.cpu().numpy().astype(np.int64)[rows]
        objectness = _array(detections.get("objectness", detections.scores))[rows]
        track_ids = np.full(len(rows), -1, np.int64)
        tracks: tuple[Track, ...] = ()
        if self.tracker is not None:
            track_ids, tracks = self.tracker.update(boxes, labels, scores)
        newest, skipped = self.frames[-1], len(self.frames) - 1
        self.frames, self.prepared = [], []
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
            classes,
            age,
            time.monotonic() - newest.arrival,
            skipped,
            self.lost,
        )


def push_together(sessions: Sequence[StreamSession]) -> None:
    """Hand the prepared frames of several streams to their engines, oldest first.

    The first frames of all streams go together, then the second ones, and so on.

    Args:
        sessions: With prepared frames; engines of one kind, for one network.
    """
    for turn in range(max(len(session.prepared) for session in sessions)):
        now = [session for session in sessions if turn < len(session.prepared)]
        for session in now:
            if session.frames[turn].after_gap:
                session.break_off()
        shapes = {session: session.prepared[turn].shape for session in now}
        for group in grouped(now, shapes.__getitem__):
            _push(group, turn)


def _push(sessions: Sequence[StreamSession], turn: int) -> None:
    type(sessions[0].engine).push_batch(
        [session.engine for session in sessions],
        [session.frames[turn].number for session in sessions],
        [session.prepared[turn] for session in sessions],
    )


def grouped(
    items: Iterable[_Item], key: Callable[[_Item], Hashable]
) -> list[list[_Item]]:
    """Put together what has equal keys; all keeps its order."""
    groups: dict[Hashable, list[_Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return list(groups.values())


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.float().cpu().numpy()
