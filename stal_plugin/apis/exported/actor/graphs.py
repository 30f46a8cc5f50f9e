"""The two parts of an actor detector that are exported, as graphs."""

from typing import Any

import torch
from torch import Tensor, nn

from stal_plugin.apis.exported.exported_graph import checked_decoding
from stal_plugin.compat.tood_head import any_batch_size
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES, ScoredBoxes
from stal_plugin.models.detectors import ActorDetector, PersonDetector
from stal_plugin.models.detectors.fused_copy import fused_copy
from stal_plugin.models.detectors.stream_states import state_like, state_tensors


class PeopleGraph(nn.Module):
    """The detector in a ``PersonDetector``: from its input to decoded boxes.

    What is before and behind stays outside: letterbox, order of the channels, mean and
    std; thresholds, suppression, the choice of persons.

    Args:
        people: A ``stal_plugin.PersonDetector`` with a single-stage detector whose head
            ``decoding_of`` knows.

    Attributes:
        rule: Key of ``DETECTION_RULES``.
        rule_cfg: Its settings.

    Shape:
        input ``(B, 3, h, w)`` as ``PersonDetector.prepare`` makes it, of any size;
        output: ``ScoredBoxes``.

    Raises:
        ValueError: The detector is of another kind.
    """

    inputs = ("image",)
    outputs = ScoredBoxes._fields

    def __init__(self, people: Any) -> None:
        super().__init__()
        if not isinstance(people, PersonDetector):
            raise ValueError(
                f"a person detector of class {type(people).__name__} cannot be "
                "exported: set model.person_detector to a stal_plugin.PersonDetector"
            )
        self.detector: Any = fused_copy(people).detector
        self.decoding = checked_decoding(people.detector, self.detector)
        self.rule, self.rule_cfg = self.decoding.rule, dict(self.decoding.cfg)
        if DETECTION_RULES[self.rule].output is not ScoredBoxes:
            raise ValueError(
                f"{type(self.detector.bbox_head).__name__} cannot be exported as a "
                "person detector: it gives peaks, not boxes with scores"
            )
        if self.rule == "boxes":  # a box that is more likely a dog is no person
            self.rule_cfg["all_classes"] = False

    def forward(self, images: Tensor) -> ScoredBoxes:
        """Return boxes ``(B, P, 4)``, objectness ``(B, P)`` and ``(B, P, K)``."""
        features = self.detector.extract_feat(images)
        with any_batch_size(self.detector.bbox_head, images.shape[0]):
            maps = self.detector.bbox_head(features)
        size = (images.shape[-2], images.shape[-1])  # while traced, tensors
        decoded: ScoredBoxes = self.decoding.decode(maps, size)
        return decoded


class ActorStepGraph(nn.Module):
    """One step of clip network and head, for N people at once, each in a view.

    Args:
        model: Actor detector whose clip network sees a crop of each person.

    Attributes:
        kept: Names of what is kept of each person.

    Shape:
        inputs: views ``(N, 3, S, S)`` in [0, 1], then what the step before kept,
        ``(N, ...)`` float32, zero before the first; outputs: logits ``(N, K)``, then
        what is to be kept, in the same order.

    Raises:
        ValueError: The network does not begin with zeros.
    """

    def __init__(self, model: ActorDetector) -> None:
        super().__init__()
        self.network = fused_copy(model.clip_network)
        self.head = model.head
        self.size = model.view.size
        self._begun = self._state(1)
        self.kept = kept_names("kept", self._begun)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("view", *(f"{name}.1" for name in self.kept))

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return ("logits", *self.kept)

    @property
    def free(self) -> dict[str, dict[int, str]]:
        """Names of free sizes: the batch is people."""
        return {name: {0: "people"} for name in (*self.inputs, *self.outputs)}

    def forward(self, views: Tensor, *earlier: Tensor) -> tuple[Tensor, ...]:
        """Return logits, then what is to be kept."""
        state = state_like(self._begun, iter(earlier))
        maps, network = self.network.step(views, state["network"])
        logits, head = self.head.step(maps, state["head"])
        return (logits, *handed_on({"network": network, "head": head}))

    def example(self) -> tuple[Tensor, ...]:
        """Grey views of two people who come."""
        return (grey(2, self.size), *handed_on(self._state(2)))

    def _state(self, batch_size: int) -> dict[str, Any]:
        size = (self.size, self.size)
        return {
            "network": self.network.stream_state(batch_size, size=size),
            "head": self.head.stream_state(batch_size),
        }


def kept_names(prefix: str, begun: Any) -> tuple[str, ...]:
    """Names of the tensors of a state, of which the graph knows the form only.

    Args:
        prefix: What they begin with.
        begun: State before the first step.

    Raises:
        ValueError: It is not zero.
    """
    tensors = state_tensors(begun)
    if any(bool(tensor.any()) for tensor in tensors):
        raise ValueError(
            "a clip network or head whose stream_state is not zero at the start "
            "cannot be exported"
        )
    return tuple(f"{prefix}{index}" for index in range(len(tensors)))


def handed_on(state: Any) -> tuple[Tensor, ...]:
    """Tensors of a state as outputs of a graph, float32."""
    # a tensor that is only handed on would keep the name of an input
    return tuple(tensor.float() + 0 for tensor in state_tensors(state))


def grey(count: int, size: int) -> Tensor:
    """Grey pictures ``(N, 3, S, S)`` in [0, 1]."""
    return torch.full((count, 3, size, size), 114 / 255)
