import math

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stal_plugin.models.cls_heads import MoViNetHead

K = 4


def _head(**kwargs: object) -> MoViNetHead:
    head = MoViNetHead(K, 6, hidden_channels=8, **kwargs)
    torch.nn.init.normal_(head.fc_cls.weight)
    return head.eval()


@torch.no_grad()
def test_logits_by_their_formula() -> None:
    head = _head(hidden_activation="relu6")
    maps = torch.rand(2, 6, 3, 2, 2) * 20
    hidden = F.relu6(head.fc_hidden(maps.flatten(2).mean(2)))
    torch.testing.assert_close(head(maps), head.fc_cls(hidden))
    assert torch.equal(head((torch.rand(2, 5, 3, 4, 4), maps)), head(maps))


@torch.no_grad()
def test_a_stream_gives_the_logits_of_all_frames_so_far() -> None:
    head = _head()
    maps = torch.rand(2, 6, 7, 3, 3)
    state = head.stream_state(2)
    for t in range(7):
        before = tuple(tensor.clone() for tensor in state)
        logits, new = head.step(maps[:, :, t], state)
        expected = head(maps[:, :, : t + 1])
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
        assert all(torch.equal(a, b) for a, b in zip(state, before, strict=True))
        state = new
    # one video starts again, the other goes on
    state[0][1], state[1][1] = 0, 0
    logits, _ = head.step(maps[:, :, 0], state)
    torch.testing.assert_close(logits[1:], head(maps[1:, :, :1]))
    assert not torch.allclose(logits[:1], head(maps[:1, :, :1]))


def test_wrong_activation() -> None:
    with pytest.raises(ValueError, match=r"hidden_activation must be .*, got 'gelu'"):
        _head(hidden_activation="gelu")


def test_recognizer_of_mmaction_trains_and_predicts() -> None:
    """By prefixes only, in the scope of mmaction's configs."""
    model = MODELS.build(
        {
            "type": "Recognizer3D",
            "backbone": {"type": "stal_plugin.MoViNet"},
            "cls_head": {
                "type": "stal_plugin.MoViNetHead",
                "num_classes": K,
                "in_channels": 480,
                "average_clips": "prob",
            },
            "data_preprocessor": {
                "type": "ActionDataPreprocessor",
                "mean": [0, 0, 0],
                "std": [255, 255, 255],
                "format_shape": "NCTHW",
            },
        }
    )
    model.init_weights()
    assert 0.005 < float(model.cls_head.fc_cls.weight.detach().std()) < 0.02
    data = {
        "inputs": [torch.randint(0, 256, (1, 3, 4, 64, 64)) for _ in range(2)],
        "data_samples": [ActionDataSample().set_gt_label(i) for i in (1, 3)],
    }
    processed = model.data_preprocessor(data, training=True)
    losses = model.train()(**processed, mode="loss")
    loss = losses["loss_cls"]
    assert float(loss.detach()) == pytest.approx(math.log(K), abs=0.2)
    loss.backward()
    assert model.backbone.stem.conv.weight.grad.abs().max() > 0
    model.eval()
    processed = model.data_preprocessor(data)
    with torch.no_grad():
        found = model(**processed, mode="predict")
        logits = model.cls_head(model.backbone(processed["inputs"][:, 0]))
    for sample, row in zip(found, logits.softmax(1), strict=True):
        torch.testing.assert_close(sample.pred_score, row)
        assert int(sample.pred_label) == int(row.argmax())
