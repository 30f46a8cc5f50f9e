"""Parts of an actor detector that an engine runs, in place of torch's."""

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import torch
from mmdet.structures import DetDataSample
from numpy.typing import NDArray
from torch import Tensor, nn

from stal_plugin.apis.exported.actor.metadata import PeopleFile
from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.runtime import Runtime
from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes, apply_rule

State = tuple[Tensor, ...]
LARGEST = 4096  # pixels per side
_MOST_KEPT = 256 << 20  # bytes of a person


class RunPart(nn.Module):
    """A graph with what runs it.

    Its weights are in the file, so that a hash of it stands for them where tensors are
    compared (kept features). A copy shares the engine.
    """

    def __init__(self, file: OnnxFile, runtime: Runtime) -> None:
        super().__init__()
        self.runtime = runtime
        digest = hashlib.sha256(file.content).digest()
        self.register_buffer("digest", torch.tensor([*digest], dtype=torch.uint8))

    def __deepcopy__(self, memo: Any) -> "RunPart":
        return self


class ExportedSteps(RunPart):
    """Exported clip network and head, in the place of the clip network.

    The logits stand for its maps; :class:`LogitHead` is the head.

    Args:
        file: What ``ActorStepGraph`` was written to.
        runtime: Runs it.
        size: Pixels S per side of a view.

    Raises:
        ValueError: The graph is of another kind.
    """

    def __init__(self, file: OnnxFile, runtime: Runtime, size: Any) -> None:
        super().__init__(file, runtime)
        self._kept = [name.removesuffix(".1") for name in [*runtime.inputs][1:]]
        expected = ["view", *(f"{name}.1" for name in self._kept)]
        outputs = ("logits", *self._kept)
        fits = [*runtime.inputs] == expected and runtime.outputs == outputs
        if not fits or runtime.inputs["view"] != (3, size, size) or size > LARGEST:
            raise ValueError(
                f"its graph takes {runtime.inputs} and gives {runtime.outputs}: that "
                f"is no step on views of {size} pixels, at most {LARGEST}"
            )
        self._shapes = kept_shapes([*runtime.inputs.values()][1:])

    def stream_state(self, batch_size: int, size: tuple[int, int]) -> State:
        """Return the state of people who come."""
        return zeros(batch_size, self._shapes)

    def step(self, views: Tensor, state: State) -> tuple[Tensor, State]:
        """Return logits ``(N, K)`` of views ``(N, 3, S, S)``, and the next state."""
        names = [*self.runtime.inputs]
        feeds = {n: array(t) for n, t in zip(names, (views, *state), strict=True)}
        arrays = self.runtime(feeds)
        kept = tuple(torch.from_numpy(arrays[name]) for name in self._kept)
        return torch.from_numpy(arrays["logits"]).to(views.device), kept

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits ``(N, K, T)`` at each step of ``(N, 3, T, S, S)``."""
        state, found = self.stream_state(len(clips), (0, 0)), []
        for views in clips.unbind(2):
            logits, state = self.step(views, state)
            found.append(logits)
        return torch.stack(found, dim=2)


class LogitHead(nn.Module):
    """The head where logits come already: those of the last step count.

    Args:
        multilabel: Classes are independent (sigmoid) or exclusive (softmax).
    """

    pool_size = 1  # part of the key of kept features

    def __init__(self, multilabel: bool = False) -> None:
        super().__init__()
        self.multilabel = multilabel

    def forward(self, logits: Tensor) -> Tensor:
        """Return the last of ``(N, K, T)``."""
        return logits[:, :, -1]

    def stream_state(self, batch_size: int) -> State:
        """Nothing is remembered."""
        return ()

    def step(self, logits: Tensor, state: State) -> tuple[Tensor, State]:
        """Return what comes."""
        return logits, state

    def vectors(self, logits: Tensor) -> Tensor:
        """Return logits for keeping on disk, where they have half precision.

        Of exclusive classes these are the logarithms of the probabilities, which have
        the same softmax, rounded by 0.0002 at most: the likelier, the nearer to 0.
        """
        return logits if self.multilabel else logits.float().log_softmax(dim=-1)

    def classify(self, vectors: Tensor, counts: Tensor | None = None) -> Tensor:
        """Return the logits ``(N, K)`` of the last step of ``(N, W, K)``."""
        return vectors[:, -1]


class ExportedDetector(RunPart):
    """Exported detector, in the place of mmdet's in a ``PersonDetector``.

    Args:
        file: What ``PeopleGraph`` was written to.
        runtime: Runs it.
        people: Says how detections are made of its boxes.

    Raises:
        ValueError: The graph is of another kind.
    """

    def __init__(self, file: OnnxFile, runtime: Runtime, people: PeopleFile) -> None:
        super().__init__(file, runtime)
        self.rule, self.rule_cfg = people.rule, people.rule_cfg
        inputs = {"image": (3, 0, 0)}
        if runtime.inputs != inputs or runtime.outputs != ScoredBoxes._fields:
            raise ValueError(
                f"its graph takes {runtime.inputs} and gives {runtime.outputs}: that "
                f"is no person detector, which takes {inputs}"
            )

    def decode(self, images: Tensor) -> ScoredBoxes:
        """Return the decoded boxes of ``(B, 3, h, w)``."""
        arrays = self.runtime({"image": array(images)})
        parts = (torch.from_numpy(arrays[name]) for name in ScoredBoxes._fields)
        return ScoredBoxes(*(part.to(images.device) for part in parts))

    def predict(
        self, images: Tensor, samples: Sequence[DetDataSample], rescale: bool = True
    ) -> Sequence[DetDataSample]:
        """Give each sample its ``pred_instances``, as detectors of mmdet do."""
        metas = [sample.metainfo for sample in samples]
        decoded = self.decode(images)
        found = apply_rule(self.rule, decoded, self.rule_cfg, metas, rescale)
        for sample, detections in zip(samples, found, strict=True):
            sample.pred_instances = detections
        return samples


def array(tensor: Tensor) -> NDArray:
    """What an engine takes: float32, on the CPU."""
    plain: NDArray = tensor.detach().float().cpu().contiguous().numpy()
    return plain


def kept_shapes(shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return shapes of what is kept of a person or a video, without the batch.

    Raises:
        ValueError: That would be too much.
    """
    size = 4 * sum(math.prod(shape) for shape in shapes)
    if size > _MOST_KEPT:
        raise ValueError(f"it would keep {size:,} bytes of each person")
    return list(shapes)


def zeros(batch_size: int, shapes: Sequence[tuple[int, ...]]) -> State:
    """Return what is kept before the first step."""
    return tuple(torch.zeros(batch_size, *shape) for shape in shapes)
