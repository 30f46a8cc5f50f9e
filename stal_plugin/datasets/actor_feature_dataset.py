"""Key frames whose clips were looked at already."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData
from numpy.typing import NDArray

from stal_plugin.annotations.person_boxes import PersonBoxes, read_person_boxes
from stal_plugin.datasets.actor_table import ActorTable
from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.registry import DATASETS

_MOST_BOXES = 1 << 16  # of a frame
_META = ("video_id", "frame", "split", "ann_boxes", "ann_labels", "ann_person_ids")


@DATASETS.register_module()
class ActorFeatureDataset:
    """Key frames of another data set, with kept vectors in place of clips.

    A clip network that is not trained gives the same each time. So it runs once over
    each video, as a stream, and what it gives is kept in a folder
    (``stal_plugin.ActorFeatureHook``), mapped into memory, not read. A head then
    trains in seconds per epoch. In training people are the annotated ones, their boxes
    moved a little, in several variants of which a sample has one by chance; in testing
    those that the person detector finds, and their tracks.

    Args:
        dataset: Config of a ``stal_plugin.STALDataset`` or one of its kind. Its
            pipeline is for live use and for training on clips; here only the
            ``frame_interval`` of its sampling step counts, frames from one step of the
            clip network to the next.
        cache_dir: Folder for what is kept.
        window: Steps that the head averages over.
        variants: Of each video in training: one as it is, the others moved, begun
            later, and every second mirrored.
        jitter: Boxes of variants are shifted and scaled by up to this share.
        detected: People are those that the detector finds; default: in testing, if
            there are no ``proposals``.
        test_mode: Whether the data is for testing; default: the data set's.
        seed: Seed of the choice of variants; what is kept does not depend on it.
        lead: Steps before the first box of an annotated person that are looked at as
            well, where that box is. For labels that are far apart, such as AVA's, one
            a second: a person with a single box is seen at all. Boxes without a person
            id, each of which is then a person, need it.
        proposals: For testing: a file of people that another detector found on the
            key frames, see :func:`read_person_boxes`; relative to the folder of the
            annotation. Each box is a person who is looked at in the ``lead`` steps
            before, default ``window``, where the box is.

    Shape:
        A sample has ``inputs`` ``(N, W, D)`` and ``data_samples`` with
        ``gt_instances`` (training) or ``proposals`` (testing), and their ``counts``,
        see ``ActorHead.classify``.

    Raises:
        ValueError: The pipeline does not tell the interval, ``variants`` or ``window``
            is below 1, or ``lead`` below 0; ``proposals`` with ``detected`` or in
            training, or a faulty file of them.
        FileNotFoundError: There is no file of proposals.
    """

    def __init__(
        self,
        dataset: dict,
        cache_dir: str,
        window: int = 8,
        variants: int = 4,
        jitter: float = 0.1,
        detected: bool | None = None,
        test_mode: bool | None = None,
        seed: int = 0,
        lead: int = 0,
        proposals: str | None = None,
    ) -> None:
        if variants < 1 or window < 1 or lead < 0:
            raise ValueError(
                f"variants={variants} and window={window} must be at least 1, "
                f"lead={lead} at least 0"
            )
        self.interval = interval_of(dataset.get("pipeline", ()))
        self.dataset: Any = DATASETS.build(dataset)
        self.cache_dir = Path(cache_dir)
        self.window = window
        self.test_mode = self.dataset.test_mode if test_mode is None else test_mode
        if proposals and (detected or not self.test_mode):
            raise ValueError(
                f"proposals={proposals!r} stand for detected people in testing: leave "
                "them out in training, and detected=True"
            )
        self.proposals: PersonBoxes | None = None
        if proposals:
            folder = Path(self.dataset.ann_file).parent
            self.proposals = read_person_boxes(folder / proposals)
            lead, detected = lead or window, False
        self.detected = self.test_mode if detected is None else detected
        self.variants = 1 if self.detected or self.test_mode else variants
        self.jitter = jitter
        self.seed = seed
        self.lead = lead
        self.tables: dict[str, ActorTable] = {}

    @property
    def metainfo(self) -> dict[str, Any]:
        """That of the data set."""
        info: dict[str, Any] = self.dataset.metainfo
        return info

    def __len__(self) -> int:
        return len(self.dataset)

    def load(self, files: Mapping[str, Path]) -> None:
        """Open what is kept.

        Args:
            files: File of each video, by its id.
        """
        self.tables = {name: ActorTable.read(path) for name, path in files.items()}

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one key frame.

        Raises:
            ValueError: Nothing was loaded.
        """
        info = self.dataset.get_data_info(index)
        table = self.tables.get(info["video_id"])
        if table is None:
            raise ValueError(
                f"no features of video {info['video_id']!r} were loaded: add "
                "dict(type='stal_plugin.ActorFeatureHook') to custom_hooks"
            )
        sample = ActionDataSample(metainfo={key: info[key] for key in _META})
        shape = (int(table.shape[0]), int(table.shape[1]))
        sample.set_metainfo({"original_shape": shape, "img_shape": shape})
        people = (
            detected_people(table, info["frame"])
            if self.detected
            else self._given_people(table, info)
        )
        windows, counts = table.windows(people.pop("rows"), self.window)
        people.counts = torch.from_numpy(counts)
        if self.detected or self.proposals is not None:
            sample.proposals = people
        else:
            sample.gt_instances = people
        return {"inputs": torch.from_numpy(windows), "data_samples": sample}

    def given_boxes(
        self, info: Mapping[str, Any]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return number ``(N,)`` and box ``(N, 4)`` of the people of a key frame.

        Args:
            info: What the data set says of the key frame.
        """
        if self.proposals is None:
            boxes = info["ann_boxes"]
            return numbered_persons(info["ann_person_ids"], info["frame"]), boxes
        boxes, _ = self.proposals.of(info["video_id"], info["frame"])
        return numbered_persons(np.full(len(boxes), -1), info["frame"]), boxes

    def _given_people(self, table: ActorTable, info: dict) -> InstanceData:
        variant = self._variant(info["sample_idx"])
        rows = table.rows_of(info["frame"], variant)
        persons, _ = self.given_boxes(info)
        own = table.persons[rows] == persons[:, None]
        places, columns = np.nonzero(own)  # who was seen already
        rows = rows[columns]
        boxes = torch.from_numpy(table.boxes[rows])
        if self.proposals is not None:
            _, scores = self.proposals.of(info["video_id"], info["frame"])
            own_scores = torch.from_numpy(scores[places])
            return InstanceData(bboxes=boxes, scores=own_scores, rows=rows)
        labels = info["ann_labels"]
        if is_mirrored(variant):
            swapped = np.asarray(info["mirrored_labels"])
            labels = labels[:, swapped] if labels.ndim == 2 else swapped[labels]
        labels = torch.from_numpy(labels[places])
        return InstanceData(bboxes=boxes, labels=labels, rows=rows)

    def _variant(self, index: int) -> int:
        if self.variants == 1:
            return 0
        key = (self.seed, self.dataset.epoch, index)
        return int(np.random.default_rng(key).integers(self.variants))


def detected_people(table: ActorTable, frame: int) -> InstanceData:
    """People who were found on a frame, as ``proposals``."""
    rows = table.rows_of(frame)
    return InstanceData(
        bboxes=torch.from_numpy(table.boxes[rows]),
        scores=torch.from_numpy(table.scores[rows]),
        rows=rows,
    )


def numbered_persons(person_ids: NDArray[np.int64], frame: int) -> NDArray[np.int64]:
    """Give boxes without a person id a number of their own in the video, below 0.

    Args:
        person_ids: ``(N,)`` of the boxes of a frame, -1 where unknown.
        frame: The frame.
    """
    own = -1 - (frame * _MOST_BOXES + np.arange(len(person_ids)))
    return np.where(person_ids < 0, own, person_ids)


def is_mirrored(variant: int) -> bool:
    """Tell whether a variant of a video is mirrored."""
    return variant % 2 == 1


def interval_of(pipeline: Any) -> float:
    """Frames from one step of the clip network to the next, from a pipeline.

    Raises:
        ValueError: It has no ``stal_plugin.SampleKeyframeClip``, or one of centred
            clips.
    """
    for step in pipeline_steps(pipeline):
        if step["type"] == "stal_plugin.SampleKeyframeClip":
            if step.get("position", "last") != "last":
                raise ValueError(
                    "an ActorFeatureDataset looks at a video frame by frame, up to the "
                    "key frame: SampleKeyframeClip needs position='last', not "
                    f"{step['position']!r}"
                )
            interval = step.get("frame_interval", 1)
            return float(interval if isinstance(interval, int) else interval[0])
    raise ValueError(
        "the pipeline of an ActorFeatureDataset needs a stal_plugin.SampleKeyframeClip,"
        " whose frame_interval tells which frames the clip network sees"
    )
