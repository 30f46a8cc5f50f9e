"""Run a clip network over the videos of a data set, once."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import print_log
from numpy.typing import NDArray

from stal_plugin.datasets.actor_feature_dataset import (
    ActorFeatureDataset,
    is_mirrored,
)
from stal_plugin.datasets.actor_table import ActorTable, VariantRows, table_of
from stal_plugin.engine.actor_features.tubes import (
    given_people,
    mirrored_people,
    tubes_of,
)
from stal_plugin.models.detectors.actor_detector import ActorDetector
from stal_plugin.models.detectors.actor_stream import ActorStream
from stal_plugin.video import open_reader

#: Raise it when what is kept changes.
_FORMAT = 2
_CHUNK = 1 << 20


@dataclass(frozen=True)
class VideoRows:
    """A video of a data set and its people, as far as they are known beforehand.

    Args:
        file: Video file or folder of images.
        frames: ``(R,)`` frame of each row, 1-based.
        persons: ``(R,)``.
        boxes: ``(R, 4)`` normalised xyxy.
    """

    file: str
    frames: NDArray
    persons: NDArray
    boxes: NDArray


def videos_of(dataset: ActorFeatureDataset) -> dict[str, VideoRows]:
    """Collect the videos of a data set and the people who are known, by id."""
    rows: dict[str, list] = {}
    files = {}
    for index in range(len(dataset)):
        info = dataset.dataset.get_data_info(index)
        files[info["video_id"]] = info["filename"]
        own = rows.setdefault(info["video_id"], [])
        for person, box in zip(*dataset.given_boxes(info), strict=True):
            own.append((info["frame"], int(person), *box.tolist()))
    videos = {}
    for name, own in rows.items():
        table = np.array(own, np.float64).reshape(-1, 6)
        persons = table[:, 1].astype(np.int64)
        videos[name] = VideoRows(
            files[name], table[:, 0].astype(np.int64), persons, table[:, 2:]
        )
    return videos


def features_of(dataset: ActorFeatureDataset, model: ActorDetector) -> dict[str, Path]:
    """Return a file for each video, made now where there is none.

    The name of a file is a hash of all that it depends on, so that a change of any
    makes another: weights, what the networks see, the video's bytes, boxes, variants.

    Args:
        dataset: Says what is needed.
        model: Its person detector and clip network are run.

    Raises:
        ValueError: The annotated people of a training video have no numbers.
    """
    videos = videos_of(dataset)
    shared = model_key(model, dataset.detected)
    files, new = {}, 0
    for name, video in videos.items():
        if not (dataset.detected or dataset.lead) and (video.persons < 0).any():
            raise ValueError(
                f"people of video {name!r} have no person ids, so that nobody can be "
                "followed: number them in the annotation, or set lead="
                f"{dataset.window} in the ActorFeatureDataset, so that each box is "
                "looked at in the steps before it where it is"
            )
        key = video_key(dataset, video, shared)
        files[name] = dataset.cache_dir / key[:2] / f"{key}.npz"
        if not files[name].is_file():
            video_table(dataset, model, video).write(files[name])
            new += 1
            if new % 20 == 0:
                print_log(f"features of {new} videos", logger="current")
    what = "annotated" if dataset.proposals is None else "proposed"
    what = "detected" if dataset.detected else what
    print_log(
        f"features of the {what} people of {len(files)} videos in "
        f"'{dataset.cache_dir}': {new} new, {len(files) - new} kept",
        logger="current",
    )
    return files


def model_key(model: ActorDetector, detected: bool) -> str:
    """Hash of the weights and settings that the vectors depend on."""
    digest = hashlib.sha256()
    parts = [model.clip_network, *([model.person_detector] if detected else ())]
    for part in parts:
        for name, tensor in (part.state_dict() if part is not None else {}).items():
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    settings = {
        "format": _FORMAT,
        "view": asdict(model.view),
        "pool_size": model.head.pool_size,
        "network": repr(model.clip_network),
    }
    if detected and model.person_detector is not None:
        person = model.person_detector
        settings["every"] = model.test_cfg["detect_every"]
        settings["limits"] = person.test_cfg
        settings["input"] = [person.size, person.bgr, person.pad_value, repr(person)]
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def video_key(dataset: ActorFeatureDataset, video: VideoRows, shared: str) -> str:
    """Hash of all that the vectors of a video depend on."""
    digest = hashlib.sha256(shared.encode())
    path = Path(video.file)
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    digest.update(f"{dataset.interval} {dataset.detected}".encode())
    if dataset.detected:
        return digest.hexdigest()
    choice = (dataset.variants, dataset.jitter, *([dataset.lead] * (dataset.lead > 0)))
    digest.update(repr(choice).encode())
    for column in (video.frames, video.persons, video.boxes):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def video_table(
    dataset: ActorFeatureDataset, model: ActorDetector, video: VideoRows
) -> ActorTable:
    """Look at a video in all variants, frame by frame: a film is never in memory."""
    looks: list[_Look] = []
    shape = (0, 0)
    # an exported detector has no parameters
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    for number, frame in enumerate(_frames(video.file), 1):
        if not looks:
            shape = (frame.shape[1], frame.shape[2])
            looks = _looks(dataset, model, video, shape)
        for look in looks:
            look.take(number, frame.to(device))
    return table_of([look.rows for look in looks], shape)


def _looks(
    dataset: ActorFeatureDataset,
    model: ActorDetector,
    video: VideoRows,
    shape: tuple[int, int],
) -> list["_Look"]:
    """Begin each variant of a video whose frames have that height and width."""
    height, width = shape
    scale = np.array([width, height, width, height])
    lead = round(dataset.lead * dataset.interval)
    tubes = tubes_of(video.frames, video.persons, video.boxes * scale, lead)
    # other moves in other videos, the same ones whatever the run's seed
    seed = zlib.crc32(np.ascontiguousarray(video.boxes).tobytes())
    looks = []
    for variant in range(dataset.variants):
        people = None
        flip = is_mirrored(variant)
        if not dataset.detected:
            given = given_people(tubes, variant, dataset.jitter, seed)
            people = mirrored_people(given, width) if flip else given
        every = model.test_cfg["detect_every"]
        stream = model.stream(dataset.interval, every, people, vectors=True)
        later = round(variant * dataset.interval / dataset.variants)
        looks.append(_Look(stream, flip, later))
    return looks


class _Look:
    """A variant of a video, and what was seen of it so far.

    Args:
        stream: Follows the people.
        flip: Whether frames are mirrored.
        later: Frames that are left out at the start.
    """

    def __init__(self, stream: ActorStream, flip: bool, later: int) -> None:
        self.rows = VariantRows()
        self._stream, self._flip, self._later = stream, flip, later
        self._seen: dict[int, int] = {}

    @torch.no_grad()
    def take(self, number: int, frame: torch.Tensor) -> None:
        """Take in the next frame."""
        if number <= self._later:
            return
        now = self._stream(number, frame.flip(2) if self._flip else frame)
        people = zip(
            now.people.ids,
            now.people.boxes.cpu().numpy(),
            now.people.scores.tolist(),
            now.steps,
            now.output,
            strict=True,
        )
        for person, box, score, steps, vector in people:
            if steps > self._seen.get(person, 0):
                self.rows.add_step(person, vector.cpu().numpy())
                self._seen[person] = steps
            self.rows.add(number, person, box, score, steps)


def _frames(file: str) -> Iterator[torch.Tensor]:
    """Frames ``(3, H, W)`` uint8 of a video."""
    reader = open_reader(file)
    numbers = list(range(reader.num_frames))
    for start in range(0, len(numbers), 64):
        for image in reader.read(numbers[start : start + 64]):
            yield torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
