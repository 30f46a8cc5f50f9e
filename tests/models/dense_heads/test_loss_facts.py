from types import SimpleNamespace

import pytest
from mmdet.models.losses import CIoULoss, SmoothL1Loss

from stal_plugin.models.dense_heads import loss_facts
from stal_plugin.models.dense_heads.loss_facts import (
    check_activation,
    compares_decoded_boxes,
)


def test_activation_must_agree_with_multilabel() -> None:
    sigmoid, softmax = (SimpleNamespace(activation=a) for a in ("sigmoid", "softmax"))
    check_activation(sigmoid, True)
    check_activation(softmax, False)
    check_activation(object(), True)
    with pytest.raises(ValueError, match=r"a sigmoid, but .* set multilabel=True or"):
        check_activation(sigmoid, False)


def test_the_config_decides_before_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    monkeypatch.setattr(
        loss_facts, "print_log", lambda text, **_: messages.append(text)
    )
    for loss in (CIoULoss(), SmoothL1Loss()):
        for setting in (True, False):
            assert compares_decoded_boxes(loss, setting) == setting
    assert not compares_decoded_boxes(SmoothL1Loss(), None)
    assert messages == []
    assert compares_decoded_boxes(CIoULoss(), None)
    assert "CIoULoss" in messages[0]
