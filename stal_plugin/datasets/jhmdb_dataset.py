"""J-HMDB-21: one actor in a short clip, with 15 joints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import force_full_init
from numpy.typing import NDArray

from stal_plugin.annotations.keypoints import Keypoints, read_keypoints
from stal_plugin.datasets.keyframe_index import KeyframeIndex
from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class JHMDBDataset(STALDataset):
    """J-HMDB-21, or its synthetic stand-in, as an AVA-style data set.

    Takes what ``tools/dataset_converters/jhmdb.py`` writes: one folder per official
    split. The classes come from the annotation (21, in alphabetical order).

    Args:
        *args: See :class:`STALDataset`.
        keypoint_file: File of the joints beside the annotation, ``'keypoints.npz'``.
            None: boxes only.
        **kwargs: See :class:`STALDataset`.

    Shape:
        With joints, a sample also has ``gt_keypoints_norm`` ``(N, 15, 2)`` float32, x
        and y normalised by the size of the frame, ``keypoint_visible`` ``(N, 15)``
        float32, 1 where a joint is annotated and inside of the image, and
        ``mirrored_keypoints`` ``(15,)``, the place of each joint after a flip. Their
        names are ``metainfo['keypoint_names']``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Its rows are not those of the annotation.
    """

    METAINFO = {"dataset_name": "J-HMDB-21"}  # noqa: RUF012  (the host's attribute)

    def __init__(
        self, *args: Any, keypoint_file: str | None = None, **kwargs: Any
    ) -> None:
        self.keypoint_file = keypoint_file
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> NDArray[np.int64]:
        """Read the annotation and the joints.

        Returns:
            See :class:`STALDataset`.
        """
        places = super().load_data_list()
        if self.keypoint_file:
            path = Path(self.ann_file).with_name(self.keypoint_file)
            keypoints = read_keypoints(path)
            self._points, self._visible = keypoints_of_boxes(
                path, keypoints, self._index, [video[0] for video in self._videos]
            )
            self._mirrored_keypoints = keypoints.mirrored()
            self._metainfo["keypoint_names"] = keypoints.names
        return places

    @force_full_init
    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Describe one key frame.

        Args:
            idx: Place in the data set.

        Returns:
            See :class:`STALDataset` and the class's docstring.
        """
        info = super().get_data_info(idx)
        if self.keypoint_file:
            start = self._index.box_start[int(self.data_list[idx]) :]
            rows = slice(int(start[0]), int(start[1]))
            info["gt_keypoints_norm"] = self._points[rows].copy()
            info["keypoint_visible"] = self._visible[rows].copy()
            info["mirrored_keypoints"] = self._mirrored_keypoints
        return info


def keypoints_of_boxes(
    path: Path, keypoints: Keypoints, index: KeyframeIndex, video_ids: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pick the keypoints of each box, and check that they belong to it.

    Args:
        path: File of the keypoints, for the error.
        keypoints: Keypoints, parallel to the rows of the annotation.
        index: Key frames with their boxes.
        video_ids: Videos in the order that ``index.video`` counts.

    Returns:
        Points ``(N, K, 2)``, normalised, and ``(N, K)``, 1 for visible ones, else 0.

    Raises:
        ValueError: The rows of the two files are not of the same actors.
    """
    rows = index.rows
    fix = (
        "The rows of annotation and keypoints must be parallel. Write both again with "
        "the converter that made them"
    )
    if rows.max(initial=-1) >= len(keypoints):
        raise ValueError(
            f"{path} has {len(keypoints)} rows, but the annotation has at least "
            f"{rows.max() + 1}. {fix}"
        )
    sample = np.repeat(np.arange(len(index)), index.num_boxes)
    video = np.array([*video_ids, ""], dtype=object)[:-1][index.video[sample]]
    frame, person = index.frame[sample], index.person_ids
    same = (
        (keypoints.video_ids[rows] == video)
        & (keypoints.frames[rows] == frame)
        & (keypoints.person_ids[rows] == person)
    )
    other = np.flatnonzero(~same)
    if len(other):
        n, row = other[0], rows[other[0]]
        raise ValueError(
            f"{path}: row {row} (from 0) is of video {keypoints.video_ids[row]!r}, "
            f"frame {keypoints.frames[row]}, person {keypoints.person_ids[row]}, but "
            f"the annotation's is of {video[n]!r}, {frame[n]}, {person[n]}. {fix}"
        )
    return keypoints.points[rows], keypoints.visible[rows].astype(np.float32)
