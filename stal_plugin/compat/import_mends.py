"""Functions of mmaction2 1.2.0 that are wrong or crash, mended when it is imported.

A finder at the front of ``sys.meta_path`` lets the real module load and then replaces
single functions in it; nothing is imported earlier for that. What is mended, and when
the mend can go:

``mmaction.evaluation.functional.multisports_utils``
    ``iou3dt_voc`` calls ``int(np.where(...)[0])``, a ``TypeError`` since numpy 2.4: no
    array but one of no dimension becomes a number. ``Dataset.get_vid_dets`` reads the
    score of a detection from ``frm_det``, the variable of the loop before, so that each
    detection of a data set has the score of the last one and tubes are ranked by
    nothing. Until mmaction2 slices by frames, and reads ``frm_dets[3]``.
``mmaction.evaluation.functional.ava_evaluation.metrics``
    ``compute_average_precision`` returns ``np.NAN`` for a class that is detected but
    has no ground truth; numpy 2 has no such name. Until mmaction2 writes ``np.nan``.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any


def mend_multisports(module: ModuleType) -> None:
    """Replace what MultiSports' evaluation crashes on, and where it mixes scores up."""
    import numpy as np

    def iou3dt_voc(
        b1: np.ndarray,
        b2: np.ndarray,
        spatialonly: bool = False,
        temporalonly: bool = False,
    ) -> float:
        """Overlap of two tubes ``(N, 5+)``: frame, x1, y1, x2, y2."""
        first, last = max(b1[0, 0], b2[0, 0]), min(b1[-1, 0], b2[-1, 0])
        if last < first:
            return 0.0
        union = max(b1[-1, 0], b2[-1, 0]) - min(b1[0, 0], b2[0, 0])
        temporal = float(last - first) / float(union) if union else 0.0
        if temporalonly:
            return temporal
        inside = [b[(b[:, 0] >= first) & (b[:, 0] <= last)] for b in (b1, b2)]
        spatial = float(module.iou3d_voc(*inside))
        return spatial if spatialonly else spatial * temporal

    def get_vid_dets(self: Any) -> dict[str, dict[int, dict[int, np.ndarray]]]:
        """Detections by video, frame and label: ``(N, 5)`` x1, y1, x2, y2, score."""
        none = np.empty((0, 5))
        self.vid_det = {}
        for row in self.frm_alldets:
            video = self.video_list[int(row[0])]
            if video not in self.vid_det:
                self.vid_det[video] = {
                    frame: dict.fromkeys(range(len(self.labels)), none)
                    for frame in range(1, self.nframes[video] + 1)
                }
            boxes = self.vid_det[video][int(row[1])]
            own = np.array([[*row[4:8], row[3]]])
            boxes[int(row[2])] = np.concatenate([boxes[int(row[2])], own])
        return self.vid_det

    module.iou3dt_voc = iou3dt_voc  # type: ignore[attr-defined]
    module.Dataset.get_vid_dets = get_vid_dets


def mend_ava_metrics(module: ModuleType) -> None:
    """Let a class without ground truth have no AP instead of an error."""
    average = module.compute_average_precision

    def compute_average_precision(precision: Any, recall: Any) -> float:
        """``average``, and NaN where there is neither precision nor recall."""
        if precision is None and recall is None:
            return float("nan")
        return float(average(precision, recall))

    module.compute_average_precision = (  # type: ignore[attr-defined]
        compute_average_precision
    )


#: Module name -> what mends it
MENDS: Mapping[str, Callable[[ModuleType], None]] = {
    "mmaction.evaluation.functional.multisports_utils": mend_multisports,
    "mmaction.evaluation.functional.ava_evaluation.metrics": mend_ava_metrics,
}


class _MendingLoader(importlib.machinery.SourceFileLoader):
    """Loads a module from its source, then mends it."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code and replace what is wrong in it."""
        super().exec_module(module)
        MENDS[module.__name__](module)


class _MendingFinder(importlib.abc.MetaPathFinder):
    """First finder on ``sys.meta_path``: knows the modules in ``MENDS``, no other."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the real module's spec with a loader that mends."""
        if fullname not in MENDS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        loader = spec.loader if spec else None
        if spec and isinstance(loader, importlib.machinery.SourceFileLoader):
            spec.loader = _MendingLoader(fullname, loader.path)
        return spec


def install_import_mends() -> None:
    """Put the finder in front of ``sys.meta_path``, once; mend what is loaded."""
    if any(isinstance(finder, _MendingFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _MendingFinder())
    for name, mend in MENDS.items():
        if name in sys.modules:
            mend(sys.modules[name])
