"""How much an exported actor detector differs from its original, on real frames."""

from collections.abc import Sequence

import torch
from torch import Tensor

from stal_plugin.apis.exported.actor.graphs import PeopleGraph
from stal_plugin.apis.exported.parity import Parity, decoded_differences
from stal_plugin.models.detectors import ActorDetector
from stal_plugin.models.detectors.actor_people import (
    FoundPeople,
    GivenPeople,
    People,
    whole_frame,
)

_WHOLE = -1  # id of the person who covers the frame


@torch.no_grad()
def measure_actor_parity(
    original: ActorDetector, exported: ActorDetector, clips: Sequence[Tensor]
) -> Parity:
    """Run two actor detectors on the same clips.

    The person detectors are compared on the last frame of each clip, as it is and lying
    on its side (another size of input), in all boxes before suppression. The clip
    networks follow the same people through the clip: those whom the original finds, and
    one who covers the frame.

    Args:
        original: The one.
        exported: The other.
        clips: N of ``(3, T, H, W)``, RGB, 0 to 255.

    Returns:
        Differences of boxes in pixels of the frame, and of class probabilities, or of
        the person's score if that is larger.
    """
    boxes, scores = [0.0], [0.0]
    for clip in clips:
        last = clip[:, -1]
        if original.person_detector is not None:
            for frame in (last, last.transpose(1, 2)):
                box, score = _person_differences(original, exported, frame)
                boxes.append(box)
                scores.append(score)
        scores.append(_class_difference(original, exported, clip))
    return Parity(max(boxes), max(scores), len(clips))


def _person_differences(
    original: ActorDetector, exported: ActorDetector, frame: Tensor
) -> tuple[float, float]:
    images, (sample,) = original.person_detector.prepare(frame[None])
    height, width = images.shape[-2:]
    limit = images.new_tensor([width, height, width, height])
    first = PeopleGraph(original.person_detector)(images)
    second = exported.person_detector.detector.decode(images)
    box, score = decoded_differences(first, second, limit)
    return box / sample.metainfo["scale_factor"][0], score


def _class_difference(
    original: ActorDetector, exported: ActorDetector, clip: Tensor
) -> float:
    frames = clip.unbind(1)
    found = FoundPeople(original.person_detector or whole_frame)
    people = {n: _with_whole(found(n, f), f) for n, f in enumerate(frames)}
    streams = [m.stream(people=GivenPeople(people)) for m in (original, exported)]
    largest = 0.0
    for number, frame in enumerate(frames):
        one, two = (
            original.probabilities(stream(number, frame).output) for stream in streams
        )
        largest = max(largest, float((one - two).abs().max()))
    return largest


def _with_whole(people: People, frame: Tensor) -> People:
    (whole,) = whole_frame(frame[None])
    return People(
        [*people.ids, _WHOLE],
        torch.cat([people.boxes, whole.bboxes]),
        torch.cat([people.scores, whole.scores]),
    )
