"""Actor detector: find people, follow them, and name what each of them does."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor, nn

from stal_plugin.models.dense_heads.loss_facts import check_activation
from stal_plugin.models.dense_heads.postprocess import select_detections
from stal_plugin.models.detectors.actor_people import (
    FoundPeople,
    PeopleSource,
    whole_frame,
)
from stal_plugin.models.detectors.actor_stream import ActorStream, ActorView, VectorHead
from stal_plugin.models.detectors.actor_training import clip_maps, jittered
from stal_plugin.registry import MODELS

_PARTS = ("person_detector", "clip_network")
_DEFAULT_TRAIN_CFG = {"frozen": _PARTS, "jitter": 0.1}
_DEFAULT_TEST_CFG = {
    "score_thr": 0.005,
    "all_classes": True,
    "max_per_img": 100,
    "detect_every": 1,
}


@MODELS.register_module()
class ActorDetector(BaseModel):
    """Two stages with a track between them.

    ::

        frame -> person detector -> boxes -> linker -> ids
                                      |
                 square crop of each  v
        frame -------------------> clip network -> head -> classes of each person

    The clip network is causal and is run as a stream: one step per frame that it sees,
    with a state for each person, so that a step costs the same however long the track
    is. A detector, a network and a head that were trained elsewhere work together
    without training; or only the head is trained, on features that are kept on disk
    (``stal_plugin.ActorFeatureDataset``), or all.

    The score of a class is the person's score times its probability; ``objectness`` is
    the former.

    Args:
        clip_network: Config of a causal network: ``forward`` takes ``(B, 3, T, H, W)``
            in [0, 1] to ``(B, C, T, h, w)``; ``stream_state(batch_size, size=(H, W))``
            gives tensors with the batch first, ``step`` takes ``(B, 3, H, W)`` and the
            state to ``(B, C, h, w)`` and the next state. E.g. ``stal_plugin.MoViNet``.
        head: Config of ``stal_plugin.ActorHead`` or of another with ``forward``,
            ``stream_state(batch_size)`` and ``step``, which gives logits.
        person_detector: Config of ``stal_plugin.PersonDetector``; None: one person
            who covers the frame. In place of the config of each of the three a module
            may stand, such as a part of an exported file.
        view: Arguments of ``ActorView``: what the clip network sees.
        loss_cls: A loss with mmdet's signature, for training. If it has
            ``activation``, that must agree with ``multilabel``.
        multilabel: Classes are independent (sigmoid) or exclusive (softmax).
        train_cfg: ``frozen``, parts that are not trained, default: person detector
            and clip network; ``jitter``: boxes are shifted and scaled by up to this
            share of their sides, as a detector's would be.
        test_cfg: ``score_thr``, ``all_classes``, ``max_per_img``; ``detect_every``:
            people are detected on every n-th frame of a stream.
        data_preprocessor: Default ``stal_plugin.ActorDataPreprocessor``.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input: clips ``(3, T, H, W)``, RGB, 0 to 255, of any size, every frame a step,
        the key frame last; or kept vectors ``(N, W, D)`` of the people that the sample
        has as ``proposals``, or in training ``gt_instances``. Predictions: boxes xyxy
        in pixels of the original frame.

    Losses:
        ``loss_cls``, and those of the person detector, unless frozen or kept vectors
        are trained on.

    Raises:
        ValueError: An argument is out of range.

    Reference:
        Gu et al., AVA (CVPR 2018), section 5: boxes of persons classified by a 3D
        network; Kondratyuk et al., MoViNets (CVPR 2021): causal streams.
    """

    def __init__(
        self,
        clip_network: dict | nn.Module,
        head: dict | nn.Module,
        person_detector: dict | nn.Module | None = None,
        view: dict | None = None,
        loss_cls: dict | None = None,
        multilabel: bool = False,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor or {"type": "stal_plugin.ActorDataPreprocessor"}, init_cfg
        )
        self.train_cfg = {**_DEFAULT_TRAIN_CFG, **(train_cfg or {})}
        self.test_cfg = {**_DEFAULT_TEST_CFG, **(test_cfg or {})}
        _check(self.train_cfg, self.test_cfg)
        self.person_detector: Any = person_detector and _built(person_detector)
        self.clip_network: Any = _built(clip_network)
        self.head: Any = _built(head)
        self.view = ActorView(**(view or {}))
        self.loss_cls: Any = loss_cls and MODELS.build(loss_cls)
        if loss_cls:
            check_activation(self.loss_cls, multilabel)
        self.multilabel = multilabel
        named = self.train_cfg["frozen"]
        self.frozen = tuple(n for n in named if getattr(self, n) is not None)
        for name in self.frozen:
            getattr(self, name).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "ActorDetector":
        """Switch to training; frozen parts stay in evaluation mode."""
        super().train(mode)
        for name in self.frozen:
            getattr(self, name).eval()
        return self

    def forward(
        self,
        inputs: Sequence[Tensor],
        data_samples: Sequence[BaseDataElement] | None = None,
        mode: str = "tensor",
    ) -> Any:
        """Return raw output, losses, or samples with predictions.

        Raw output is the logits ``(B, K)`` of a person who covers the frame.

        Args:
            inputs: Of each sample a clip or kept vectors, see the class.
            data_samples: B samples, needed in the modes 'loss' and 'predict'.
            mode: 'tensor', 'loss' or 'predict', see mmengine.
        """
        samples = data_samples or ()
        if mode == "loss":
            return self._loss(inputs, samples)
        if mode == "predict":
            for own, sample in zip(inputs, samples, strict=True):
                sample.pred_instances = self._predict(own, sample)
            return samples
        boxes = [whole_frame(clip[:, -1])[0].bboxes for clip in inputs]
        return torch.cat(
            [self._logits(*pair) for pair in zip(inputs, boxes, strict=True)]
        )

    def _loss(
        self, inputs: Sequence[Tensor], samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        if self.loss_cls is None:
            raise ValueError("model.loss_cls is needed for training: name a loss")
        truth = [sample.gt_instances for sample in samples]
        logits = [
            self.head.classify(own, gt.get("counts"))
            if own.ndim == 3
            else self._logits(own, jittered(gt.bboxes, self.train_cfg["jitter"]))
            for own, gt in zip(inputs, truth, strict=True)
            if len(gt)
        ]
        losses: dict[str, Any] = {}
        if logits:
            labels = torch.cat([gt.labels for gt in truth if len(gt)])
            losses["loss_cls"] = self.loss_cls(torch.cat(logits), labels)
        else:  # frames without a person
            losses["loss_cls"] = sum(p.sum() * 0 for p in self.head.parameters())
        clips = [own for own in inputs if own.ndim == 4]
        if self.person_detector is not None and "person_detector" not in self.frozen:
            for clip, gt in zip(clips, truth, strict=False):
                _add(losses, self.person_detector.loss(clip[None, :, -1], [gt.bboxes]))
        return losses

    def _logits(self, clip: Tensor, boxes: Tensor) -> Tensor:
        """Logits ``(N, K)`` of boxes that stay where they are during a clip."""
        frozen = "clip_network" in self.frozen
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
            maps = clip_maps(self.clip_network, self.view, clip, boxes)
        logits: Tensor = self.head(maps)
        return logits

    def _predict(self, own: Tensor, sample: BaseDataElement) -> InstanceData:
        if own.ndim == 3:  # kept vectors
            people, logits = sample.proposals, own.new_zeros(0, 1)
            if len(own):
                logits = self.head.classify(own, people.get("counts"))
            return self.detections(people.bboxes, people.scores, logits)
        stream = self.stream()
        for number, frame in enumerate(own.unbind(1)):
            now = stream(number, frame)
        return self.detections(now.people.boxes, now.people.scores, now.output)

    def stream(
        self,
        interval: float = 1.0,
        detect_every: int = 1,
        people: PeopleSource | None = None,
        vectors: bool = False,
    ) -> ActorStream:
        """Begin to follow the actors of a video.

        Args:
            interval: Frames from one step of the clip network to the next.
            detect_every: People are detected on every n-th frame.
            people: Tells who is on a frame; default: the person detector does.
            vectors: Give what the head averages instead of what it says.
        """
        detector = self.person_detector or whole_frame
        people = people or FoundPeople(detector, detect_every)
        head = VectorHead(self.head) if vectors else self.head
        return ActorStream(self.clip_network, head, self.view, people, interval)

    def detections(self, boxes: Tensor, scores: Tensor, logits: Tensor) -> InstanceData:
        """Return detections, a row per box and class, best first.

        Args:
            boxes: ``(N, 4)`` of people, pixels of the original frame.
            scores: ``(N,)`` of people.
            logits: ``(N, K)``.
        """
        probs, cfg = self.probabilities(logits), self.test_cfg
        found = select_detections(
            boxes, scores, probs, cfg["all_classes"], cfg["score_thr"]
        )
        order = found.scores.argsort(descending=True, stable=True)
        return found[order[: cfg["max_per_img"]]]

    def probabilities(self, logits: Tensor) -> Tensor:
        """Probabilities of the classes ``(N, K)``."""
        logits = logits.float()
        return logits.sigmoid() if self.multilabel else logits.softmax(dim=-1)


def _built(part: dict | nn.Module) -> Any:
    return part if isinstance(part, nn.Module) else MODELS.build(part)


def _check(train_cfg: dict, test_cfg: dict) -> None:
    """Raise ValueError if a setting is unknown or out of range."""
    for given, known in (
        (train_cfg, _DEFAULT_TRAIN_CFG),
        (test_cfg, _DEFAULT_TEST_CFG),
    ):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise ValueError(f"unknown settings {unknown}: there are {sorted(known)}")
    if not set(train_cfg["frozen"]) <= set(_PARTS):
        raise ValueError(f"frozen={train_cfg['frozen']} may name {_PARTS} only")
    if test_cfg["detect_every"] < 1 or not 0 <= train_cfg["jitter"] < 1:
        raise ValueError(
            f"detect_every={test_cfg['detect_every']} must be at least 1, "
            f"jitter={train_cfg['jitter']} in [0, 1)"
        )


def _add(losses: dict[str, Any], more: dict[str, Any]) -> None:
    """Add the losses of one more frame, those of several maps summed."""
    for name, value in more.items():
        value = sum(value) if isinstance(value, (list, tuple)) else value
        losses[name] = losses.get(name, 0) + value
