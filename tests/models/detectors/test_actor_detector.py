from typing import Any

import pytest
import torch
from fixtures.actors import CLASSES, actor_config, actor_model, frame
from mmaction.structures import ActionDataSample
from mmengine.optim import build_optim_wrapper
from mmengine.structures import InstanceData

from stal_plugin.registry import MODELS


def _clip(count: int = 4) -> torch.Tensor:
    return torch.stack([frame(8 + 2 * n, green=44) for n in range(count)], dim=1)


def _labelled(*boxes: list, labels: tuple = (2, 0)) -> ActionDataSample:
    sample = ActionDataSample(metainfo={"video_id": "v", "frame": 4})
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).view(-1, 4),
        labels=torch.tensor(labels[: len(boxes)], dtype=torch.long),
    )
    return sample


RED, GREEN = [14, 10, 22, 26], [44, 12, 54, 22]


def test_prediction_of_a_clip_is_that_of_its_stream() -> None:
    model, clip = actor_model(), _clip()
    (sample,) = model([clip], [_labelled()], mode="predict")
    found = sample.pred_instances
    assert len(found) == 2 * CLASSES
    assert (found.scores[:-1] >= found.scores[1:]).all()
    stream = model.stream()
    for number, picture in enumerate(clip.unbind(1)):
        now = stream(number, picture)
    assert now.people.boxes.tolist() == [RED, GREEN]
    probs = now.output.softmax(1) * torch.tensor([[0.9], [0.8]])
    for box, score, label, objectness in zip(
        found.bboxes, found.scores, found.labels, found.objectness, strict=True
    ):
        row = 0 if box.tolist() == RED else 1
        assert box.tolist() == (RED, GREEN)[row]
        assert float(score.detach()) == pytest.approx(float(probs[row, label].detach()))
        assert float(objectness) == pytest.approx(0.9 - 0.1 * row)


def test_multilabel_scores_are_independent() -> None:
    model = actor_model(multilabel=True, loss_cls=None)
    boxes, scores = torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([0.5])
    logits = torch.tensor([[0.0, 2, -30]])
    found = model.detections(boxes, scores, logits)
    assert found.labels.tolist() == [1, 0, 2]
    expected = [0.5 * 0.8807971, 0.25, 0.0]
    assert found.scores.tolist() == pytest.approx(expected, abs=1e-6)


def test_limits_of_test_cfg() -> None:
    model = actor_model(test_cfg={"score_thr": 0.2, "max_per_img": 2})
    boxes = torch.tensor([[0.0, 0, 4, 4], [9, 9, 12, 12]])
    logits = torch.log(torch.tensor([[0.6, 0.3, 0.1], [0.5, 0.45, 0.05]]))
    found = model.detections(boxes, torch.tensor([1.0, 0.9]), logits)
    assert found.scores.tolist() == pytest.approx([0.6, 0.45])
    nobody = model.detections(boxes[:0], torch.zeros(0), torch.zeros(0, 0))
    assert len(nobody) == 0


def _step(model: Any, inputs: list, samples: list) -> tuple[dict, set[str]]:
    """One step of SGD; which tensors it changed."""
    before = {name: p.clone() for name, p in model.named_parameters()}
    optimizer = {"type": "SGD", "lr": 0.5}
    wrapper = build_optim_wrapper(
        model, {"type": "OptimWrapper", "optimizer": optimizer}
    )
    model.train()
    data = {"inputs": inputs, "data_samples": samples}
    losses = model.train_step(data, wrapper)
    after = dict(model.named_parameters())
    return losses, {n for n, old in before.items() if not torch.equal(old, after[n])}


HEAD = {"head.fc_cls.weight", "head.fc_cls.bias"}
NETWORK = {f"clip_network.{name}" for name in ("conv.weight", "conv.bias", "taps")}


@pytest.mark.parametrize(
    ("frozen", "learnt"),
    [(("person_detector", "clip_network"), HEAD), ((), HEAD | NETWORK)],
)
def test_only_what_is_not_frozen_learns(frozen: tuple, learnt: set) -> None:
    detector = {**actor_config()["person_detector"]}
    model = actor_model(
        train_cfg={"frozen": ("person_detector", *frozen), "jitter": 0.1},
        person_detector=detector,
    )
    samples = [_labelled(RED, GREEN), _labelled(RED), _labelled()]
    losses, changed = _step(model, [_clip()] * 3, samples)
    assert set(losses) == {"loss_cls", "loss"}
    assert float(losses["loss_cls"]) > 0
    assert changed == learnt
    assert model.clip_network.training == (not frozen)


def test_loss_of_clips_is_cross_entropy_of_the_last_step() -> None:
    model, clip = actor_model(train_cfg={"jitter": 0.0}), _clip()
    sample = _labelled(RED, GREEN)
    loss = model([clip], [sample], mode="loss")["loss_cls"]
    logits = model._logits(clip, sample.gt_instances.bboxes)
    expected = -logits.log_softmax(1)[[0, 1], [2, 0]].mean()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_a_batch_without_people_has_no_loss_but_a_gradient() -> None:
    losses, changed = _step(actor_model(), [_clip()], [_labelled()])
    assert float(losses["loss_cls"]) == 0
    assert changed == set()


def test_kept_vectors_train_and_predict_as_clips_do() -> None:
    model = actor_model()
    vectors = torch.randn(2, model.head.window, model.head.num_features)
    sample = _labelled(RED, GREEN)
    loss = model([vectors], [sample], mode="loss")["loss_cls"]
    logits = model.head.classify(vectors)
    expected = -logits.log_softmax(1)[[0, 1], [2, 0]].mean()
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    sample.proposals = InstanceData(
        bboxes=torch.tensor([RED, GREEN]).float(), scores=torch.tensor([0.5, 1.0])
    )
    with torch.no_grad():
        (sample,) = model([vectors], [sample], mode="predict")
    best = (logits.softmax(1) * torch.tensor([[0.5], [1.0]])).max()
    assert float(sample.pred_instances.scores[0]) == pytest.approx(float(best.detach()))
    sample.proposals = sample.proposals[:0]
    (sample,) = model([vectors[:0]], [sample], mode="predict")
    assert len(sample.pred_instances) == 0


def test_without_a_detector_one_person_covers_the_frame() -> None:
    model = actor_model(person_detector=None)
    (sample,) = model([_clip()], [_labelled()], mode="predict")
    assert sample.pred_instances.bboxes.unique(dim=0).tolist() == [[0, 0, 64, 48]]
    assert model([_clip()] * 2).shape == (2, CLASSES)


def test_clips_of_several_sizes_are_one_batch() -> None:
    model = actor_model()
    batch = {"inputs": [_clip(), _clip()[:, :, :40]], "data_samples": [_labelled()] * 2}
    data = model.data_preprocessor(batch)
    assert isinstance(data["inputs"], list)
    assert len(model(**data, mode="predict")) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_cfg": {"frozen": ("head",)}}, "may name .'person_detector'"),
        ({"test_cfg": {"detect_every": 0}}, "detect_every=0 must be at least 1"),
        ({"train_cfg": {"jitter": 1.0}}, "jitter=1.0 in"),
        ({"test_cfg": {"nms_pre": 3}}, "unknown settings .'nms_pre'."),
        ({"view": {"kind": "x"}}, "view.kind='x'"),
        (
            {
                "loss_cls": {
                    "type": "stal_plugin.ENFLoss",
                    "num_classes": 3,
                    "beta": 0.0,
                    "activation": "sigmoid",
                }
            },
            "multilabel",
        ),
    ],
)
def test_wrong_arguments_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MODELS.build(actor_config(**changes))


def test_training_needs_a_loss() -> None:
    with pytest.raises(ValueError, match=r"model\.loss_cls is needed for training"):
        actor_model(loss_cls=None)([_clip()], [_labelled(RED)], mode="loss")


def test_modules_may_stand_in_place_of_configs() -> None:
    one = actor_model()
    two = type(one)(one.clip_network, one.head, one.person_detector, {"size": 16})
    clip = _clip()
    with torch.no_grad():
        assert torch.equal(one([clip]), two.eval()([clip]))
        assert two._predict(clip, None).scores.shape == (2 * CLASSES,)
