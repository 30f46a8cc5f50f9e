import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from stal_plugin.models.losses.focal import (
    focal_binary,
    focal_cross_entropy,
    focal_terms,
)

GAMMAS = [0.0, 0.5, 1.0, 2.0, 5.0]


def _logits(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.double) * 3


@pytest.mark.parametrize("gamma", GAMMAS)
def test_softmax_ratio_to_cross_entropy(gamma: float) -> None:
    logits, target = _logits(50, 4), torch.arange(50) % 4
    p = logits.softmax(1)[torch.arange(50), target]
    loss = focal_cross_entropy(logits, target, gamma)
    expected = (1 - p) ** gamma * F.cross_entropy(logits, target, reduction="none")
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_sigmoid_equals_definition(gamma: float) -> None:
    logits, target = _logits(50, 4), (_logits(50, 4).flip(0) > 0).double()
    p = logits.sigmoid()
    p_true = torch.where(target == 1, p, 1 - p)
    torch.testing.assert_close(
        focal_binary(logits, target, gamma), -((1 - p_true) ** gamma) * p_true.log()
    )


def test_gamma_zero_has_the_gradients_of_cross_entropy() -> None:
    logits = _logits(9, 4).requires_grad_()
    target = torch.arange(9) % 4
    one_hot = F.one_hot(target, 4).double()
    pairs = [
        (
            focal_cross_entropy(logits, target, 0),
            F.cross_entropy(logits, target, reduction="none"),
        ),
        (
            focal_binary(logits, one_hot, 0),
            F.binary_cross_entropy_with_logits(logits, one_hot, reduction="none"),
        ),
    ]
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs)
        gradients = [torch.autograd.grad(x.sum(), logits)[0] for x in (ours, theirs)]
        torch.testing.assert_close(*gradients)


def test_terms_are_all_classes_and_two_logits_equal_one_sigmoid() -> None:
    logits = _logits(7, 3)
    terms = focal_terms(logits, 2)
    for c in range(3):
        target = torch.full((7,), c)
        torch.testing.assert_close(terms[:, c], focal_cross_entropy(logits, target, 2))
    pair = torch.stack([logits[:, 0], torch.zeros(7).double()], dim=1)
    torch.testing.assert_close(
        focal_cross_entropy(pair, torch.zeros(7, dtype=torch.long), 2),
        focal_binary(logits[:, 0], torch.ones(7).double(), 2),
    )


@pytest.mark.parametrize("gamma", GAMMAS)
def test_gradcheck(gamma: float) -> None:
    logits = _logits(5, 4).requires_grad_()
    target = torch.tensor([0, 1, 2, 3, 0])
    dense = (_logits(5, 4).flip(1) > 0).double()
    torch.autograd.gradcheck(lambda x: focal_cross_entropy(x, target, gamma), logits)
    torch.autograd.gradcheck(lambda x: focal_terms(x, gamma), logits)
    torch.autograd.gradcheck(lambda x: focal_binary(x, dense, gamma), logits)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_far_logits_give_the_linear_limit(gamma: float) -> None:
    """At |logit| = 200 a wrong class costs the gap, a right one nothing."""
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    right = focal_cross_entropy(logits, torch.tensor([0, 1]), gamma)
    wrong = focal_cross_entropy(logits, torch.tensor([1, 0]), gamma)
    assert right.tolist() == [0, 0]
    assert wrong.tolist() == [400, 400]
    (gradient,) = torch.autograd.grad((right + wrong).sum(), logits)
    assert gradient.tolist() == [[1, -1], [-1, 1]]

    loss = focal_binary(logits, torch.tensor([[1.0, 1.0], [0.0, 0.0]]), gamma)
    assert loss.tolist() == [[0, 200], [0, 200]]
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    assert gradient.tolist() == [[0, -1], [0, 1]]


@given(
    st.lists(st.floats(-200, 200, width=32), min_size=3, max_size=3),
    st.integers(0, 2),
    st.floats(0, 5),
)
def test_always_finite(values: list[float], target: int, gamma: float) -> None:
    logits = torch.tensor([values], requires_grad=True)
    index = torch.tensor([target])
    dense = F.one_hot(index, 3).float()
    for loss in (
        focal_cross_entropy(logits, index, gamma),
        focal_terms(logits, gamma),
        focal_binary(logits, dense, gamma),
    ):
        (gradient,) = torch.autograd.grad(loss.sum(), logits)
        assert torch.isfinite(loss).all()
        assert (loss >= 0).all()
        assert torch.isfinite(gradient).all()


def test_one_class_softmax_is_certain() -> None:
    logits = torch.tensor([[3.0]], requires_grad=True)
    loss = focal_cross_entropy(logits, torch.tensor([0]), 2.0)
    loss.sum().backward()
    assert loss.item() == 0
    assert logits.grad.item() == 0
