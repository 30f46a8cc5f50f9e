"""How an actor detector runs on a stream."""

from typing import Any

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.clip_sampling import ClipRing
from stal_plugin.apis.engine import Engine
from stal_plugin.models.detectors.actor_people import FoundPeople, whole_frame
from stal_plugin.models.detectors.fused_copy import fused_copy


class ActorEngine(Engine):
    """Step the clip network for all people at once, each frame looked at once.

    People are detected on every n-th requested frame. The clip network is stepped at
    the rate it was trained at, whatever that of the source: between two steps people
    keep the classes of the last one. No frame but the newest is held.

    Args:
        model: ``stal_plugin.ActorDetector``.
        ring: Its sampling tells the frames from one step to the next.
        stride: n; 1: as the model says (``test_cfg.detect_every``).
    """

    def __init__(self, model: Any, ring: ClipRing, stride: int = 1) -> None:
        every = stride if stride > 1 else model.test_cfg["detect_every"]
        self._newest: tuple[int, Tensor] | None = None
        detector = model.person_detector
        detect = whole_frame if detector is None else fused_copy(detector)
        people = FoundPeople(detect, every)
        self.stream = model.stream(ring.sampling.interval, people=people)
        self.stream.network = fused_copy(model.clip_network)
        super().__init__(model, ring, every)

    def push(self, number: int, frame: Tensor) -> None:
        """Take in a frame.

        Args:
            number: Its number, larger than the one before.
            frame: ``(3, H, W)`` RGB, 0 to 255.
        """
        self._newest = (number, frame)

    def predict(self, sample: Any) -> tuple[InstanceData, int]:
        """Name what the people on the newest frame do."""
        assert self._newest is not None, "a frame is pushed first"
        now = self.stream(*self._newest)
        people = now.people
        found = self.model.detections(people.boxes, people.scores, now.output)
        return found, now.age

    def reset(self) -> None:
        """Forget everybody."""
        super().reset()
        self.stream.reset()
        self._newest = None
