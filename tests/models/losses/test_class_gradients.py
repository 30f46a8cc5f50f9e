"""How hard two class losses push where a network knows boxes but no classes yet.

Why RTMDet's head with its own loss stays at chance in short trainings: docs/configs.md.
"""

import pytest
import torch
from mmdet.models.losses import QualityFocalLoss
from torch import Tensor

from stal_plugin.models.losses import ENFLoss

CLASSES = 8


def _quality(logit: Tensor, target: float) -> Tensor:
    """QualityFocalLoss of one class, whose target is an IoU or 0."""
    label = torch.tensor([0 if target else 1])
    loss = QualityFocalLoss(reduction="sum")
    return loss(logit.view(1, 1), (label, torch.tensor([target])))


@pytest.mark.parametrize(("iou", "gradient"), [(0.3, 0.11), (0.6, 0.32), (0.8, 0.47)])
def test_quality_focal_loss_pushes_a_seventh_at_most(
    iou: float, gradient: float
) -> None:
    # the one logit for all classes that is best if nothing tells them apart
    logits = torch.linspace(-6, 1, 1401)
    mean = [
        (_quality(z, iou) + (CLASSES - 1) * _quality(z, 0.0)) / CLASSES for z in logits
    ]
    logit = logits[int(torch.stack(mean).argmin())].clone().requires_grad_()
    # RTMDetHead divides by the sum of the IoUs of positives
    (own,) = torch.autograd.grad(_quality(logit, iou) / iou, logit)
    assert -float(own) == pytest.approx(gradient, abs=0.01)

    alike = torch.zeros(1, CLASSES, requires_grad=True)
    enf = ENFLoss(CLASSES, beta=0.0, loss_weight=10 / 3)
    (other,) = torch.autograd.grad(enf(alike, torch.tensor([0])), alike)
    assert -float(other[0, 0]) == pytest.approx(3.56, abs=0.01)
    assert float(other[0, 0] / own) > 7
