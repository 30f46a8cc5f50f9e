"""Key frames with the boxes and actions of each person."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset, force_full_init
from mmengine.logging import print_log
from numpy.typing import NDArray
from torch.utils.data import get_worker_info

from stal_plugin.annotations import read_annotation
from stal_plugin.datasets.annotation_checks import (
    check_num_classes,
    check_splits,
    check_video_files,
    mirrored_permutation,
    warn_of_several_labels,
)
from stal_plugin.datasets.keyframe_index import KeyframeIndex, build_keyframe_index
from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.datasets.raw_frames import raw_frame_keys
from stal_plugin.datasets.sample_seed import sample_seed
from stal_plugin.registry import DATASETS


@DATASETS.register_module()
class STALDataset(BaseDataset):
    """Key frames with the boxes and actions of each person.

    A sample is a key frame of the split; the clip that leads up to it is chosen in
    the pipeline (``stal_plugin.SampleKeyframeClip``). Each video has its own length,
    a frame may have several actors or none. What a training sample looks like depends
    only on (seed, epoch, index): not on the number of workers, on the order of the
    samples or on a resume. Call :meth:`set_epoch` before each epoch.

    Args:
        ann_file: ``annotations.csv``, with its json beside it; video files are
            relative to the json's folder.
        pipeline: Transforms: a list, or by name, see
            :func:`~stal_plugin.datasets.pipeline_steps.pipeline_steps`.
        data_root: Folder that a relative ``ann_file`` starts from.
        split: Name of the split, or several.
        num_classes: Number of classes of the model, without background; checked
            against the json. None: do not check.
        multilabel: Several labels per box: rows with the same frame, corners and
            person are one box with a multi-hot label.
        keyframe_stride: Use every n-th frame of the split as key frame.
        empty_ratio: Share of the frames without a box that serve as negatives in
            training; they are chosen by ``seed``. All are used in testing.
        test_mode: Whether the data is for testing.
        seed: Seed of the augmentation and of the choice of negatives.
        **kwargs: ``indices`` and ``lazy_init`` of mmengine's ``BaseDataset``.

    Shape:
        A sample before the pipeline holds ``video_id``, ``filename``,
        ``total_frames``, ``fps``, ``frame`` (1-based), ``split``, ``ann_boxes``
        ``(N, 4)`` float32 normalised xyxy, ``ann_labels`` (0-based int64 ``(N,)``, or
        float32 ``(N, K)`` with ``multilabel``), their working copies
        ``gt_boxes_norm`` and ``gt_labels``, and ``entity_ids`` ``(N,)`` int64.

    Raises:
        FileNotFoundError: The annotation or a video of the split is missing.
        ValueError: The annotation has faults, the split is unknown or empty, or
            ``num_classes`` differs from the annotation.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[Any] | Mapping[str, Any] = (),
        data_root: str = "",
        split: str | Sequence[str] = "train",
        num_classes: int | None = None,
        multilabel: bool = False,
        keyframe_stride: int = 1,
        empty_ratio: float = 1.0,
        test_mode: bool = False,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        if keyframe_stride < 1 or not 0 <= empty_ratio <= 1:
            raise ValueError(
                f"keyframe_stride={keyframe_stride} must be at least 1, "
                f"empty_ratio={empty_ratio} must be in [0, 1]"
            )
        self.splits = [split] if isinstance(split, str) else list(split)
        self.num_classes = num_classes
        self.multilabel = multilabel
        self.keyframe_stride = keyframe_stride
        self.empty_ratio = empty_ratio
        self.seed = seed
        # In shared memory, so that workers that live on see a new epoch.
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        super().__init__(
            ann_file=str(ann_file),
            data_root=str(data_root),
            pipeline=pipeline_steps(pipeline),
            test_mode=test_mode,
            serialize_data=False,  # the arrays of the index are compact already
            **kwargs,
        )

    @property
    def epoch(self) -> int:
        """Epoch that the augmentation of the next sample is drawn for."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Tell the data set, in all of its worker processes, the epoch.

        Args:
            epoch: Training epoch, from 0.
        """
        if not self._epoch.is_shared():  # a deep copy of a data set
            self._epoch.share_memory_()
        self._epoch.fill_(epoch)

    def load_data_list(self) -> NDArray[np.int64]:
        """Read the annotation.

        Returns:
            ``(S,)`` places in the key frame index. They stand for mmengine's list of
            dicts, which takes 100 times the memory.
        """
        annotation = read_annotation(self.ann_file)
        check_num_classes(self.ann_file, annotation.classes, self.num_classes)
        check_splits(self.ann_file, annotation.videos, self.splits)
        self._index = build_keyframe_index(
            annotation, self.splits, self.keyframe_stride, self.multilabel
        )
        if not self.multilabel:
            warn_of_several_labels(self.ann_file, self._index)
        folder = Path(self.ann_file).parent
        self._videos = [
            (video_id, str(folder / info.file), info.num_frames, info.fps)
            for video_id, info in annotation.videos.items()
        ]
        self._is_folder = check_video_files(
            self.ann_file, [self._videos[v][:2] for v in self._video_ids()]
        )
        self._mirrored_labels = mirrored_permutation(
            annotation.classes, annotation.mirrored_classes
        )
        self._metainfo.update(
            dataset_type=type(self).__name__,
            classes=tuple(annotation.classes),
            mirrored_classes=tuple(annotation.mirrored_classes),
            reversed_classes=tuple(annotation.reversed_classes),
            synthetic=annotation.synthetic,
            fps=common_rate([self._videos[v][3] for v in self._video_ids()]),
            multilabel=self.multilabel,
        )
        return np.arange(len(self._index))

    def filter_data(self) -> NDArray[np.int64]:
        """Keep ``empty_ratio`` of the key frames without a box.

        Returns:
            ``(S',)`` places in the key frame index, ascending.

        Raises:
            ValueError: No key frame is left.
        """
        keep = np.ones(len(self.data_list), dtype=bool)
        empty = np.flatnonzero(self._index.num_boxes == 0)
        if not self.test_mode:
            mixed = np.random.default_rng(self.seed).permutation(empty)
            keep[mixed[round(self.empty_ratio * len(empty)) :]] = False
        if not keep.any():
            raise ValueError(
                f"{self.ann_file}: no key frame is left of split {self.splits} with "
                f"empty_ratio={self.empty_ratio}; raise empty_ratio"
            )
        indices = np.flatnonzero(keep)
        self._log_summary(indices)
        return indices

    @force_full_init
    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Describe one key frame.

        Args:
            idx: Place in the data set.

        Returns:
            The keys of the class's docstring, and those of the host's decoders.
        """
        index, s = self._index, int(self.data_list[idx])
        v = int(index.video[s])
        video_id, filename, num_frames, fps = self._videos[v]
        rows = slice(int(index.box_start[s]), int(index.box_start[s + 1]))
        labels = self._labels(index, rows)
        return {
            "video_id": video_id,
            "filename": filename,
            "total_frames": num_frames,
            "num_frames": num_frames,  # host decoders overwrite total_frames
            "fps": fps,
            "frame": int(index.frame[s]),
            "split": self.splits[index.split[s]],
            "ann_boxes": index.boxes[rows].copy(),
            "ann_labels": labels,
            "ann_person_ids": index.person_ids[rows].copy(),
            "gt_boxes_norm": index.boxes[rows].copy(),
            "gt_labels": labels.copy(),
            "entity_ids": index.person_ids[rows].copy(),
            "mirrored_labels": self._mirrored_labels,
            "modality": "RGB",
            "sample_idx": idx if idx >= 0 else idx + len(self),
            **(raw_frame_keys(filename) if filename in self._is_folder else {}),
        }

    def get_cat_ids(self, idx: int) -> list[int]:
        """Classes of a sample, for mmengine's ``ClassBalancedDataset``.

        Args:
            idx: Place in the data set.

        Returns:
            0-based labels, ascending.
        """
        index, s = self._index, int(self.data_list[idx])
        first, last = index.label_start[index.box_start[[s, s + 1]]]
        return np.unique(index.labels[first:last]).tolist()

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on one sample.

        Args:
            idx: Place in the data set.

        Returns:
            What the pipeline makes of the sample.

        Raises:
            ValueError: A transform returned None. mmengine would silently take
                another sample instead.
        """
        info = self.get_data_info(idx)
        index = info["sample_idx"]
        if self.test_mode:
            data = self.pipeline(info)
        else:
            in_main = get_worker_info() is None
            with sample_seed(self.seed, self.epoch, index, restore=in_main):
                data = self.pipeline(info)
        if data is None:
            raise ValueError(
                f"the pipeline returned None for sample {index} (video "
                f"{self._videos[self._index.video[self.data_list[idx]]][0]!r}, frame "
                f"{self._index.frame[self.data_list[idx]]}); each of its transforms "
                "must return the results"
            )
        return data

    def _labels(self, index: KeyframeIndex, rows: slice) -> NDArray:
        start = index.label_start[rows.start : rows.stop + 1]
        labels = index.labels[start[0] : start[-1]]
        if not self.multilabel:
            return labels.copy()
        hot = np.zeros((len(start) - 1, len(self._mirrored_labels)), np.float32)
        hot[np.repeat(np.arange(len(hot)), np.diff(start)), labels] = 1
        return hot

    def _video_ids(self) -> list[int]:
        """Places of the videos of the split."""
        return np.unique(self._index.video).tolist()

    def _log_summary(self, indices: NDArray[np.int64]) -> None:
        index, num_boxes = self._index, self._index.num_boxes[indices]
        origin = "SYNTHETIC footage" if self._metainfo["synthetic"] else "real footage"
        print_log(
            f"{type(self).__name__} {'+'.join(self.splits)}: "
            f"{len(self._mirrored_labels)} classes, "
            f"{len(np.unique(index.video[indices]))} videos, "
            f"{len(indices)} key frames, "
            f"{num_boxes.sum()} boxes, {(num_boxes == 0).sum()} frames without box, "
            f"{origin}",
            logger="current",
        )


def common_rate(rates: Sequence[float]) -> float | None:
    """Frames per second of videos; None if they differ by more than 10 %.

    Args:
        rates: Of each video.
    """
    if not rates or max(rates) > 1.1 * min(rates):
        return None
    return float(np.median(rates))
