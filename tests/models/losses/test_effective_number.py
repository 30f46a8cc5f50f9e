from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.models.losses.effective_number import (
    effective_number,
    effective_number_weights,
)

# Frames and clips per class in the paper's Table 1, in its order (class 23 has the
# most frames, class 21 the fewest).
FRAMES = (7187, 5084, 1015, 9414, 3234, 2538, 954, 905, 4959, 2782, 1327, 7734)
FRAMES += (4687, 3215, 10407, 593, 736, 3195, 514, 845, 403, 2209, 15239, 838)
CLIPS = (149, 136, 89, 74, 66, 55, 52, 41, 36, 31, 30, 30)
CLIPS += (29, 28, 25, 22, 21, 20, 18, 15, 14, 12, 10, 10)


def exact(n: int, beta: str) -> float:
    with localcontext() as context:
        context.prec = 60
        b = Decimal(beta)
        return float((1 - b**n) / (1 - b))


@pytest.mark.parametrize("beta", ["0.5", "0.7", "0.99", "0.9999", "0.99999999"])
@pytest.mark.parametrize("n", [0, 1, 2, 10, 403, 15239])
def test_effective_number_equals_60_digit_arithmetic(n: int, beta: str) -> None:
    # The rounding of beta itself, not of the formula, costs 1e-16 / (1 - beta).
    rel = 1e-14 + 4e-16 / (1 - float(beta))
    assert effective_number([n], float(beta))[0] == pytest.approx(
        exact(n, beta), rel=rel
    )


def test_effective_number_limits() -> None:
    np.testing.assert_array_equal(effective_number([0, 1, 9], 0.0), [0, 1, 1])
    np.testing.assert_allclose(effective_number([3], 0.5), [1 + 0.5 + 0.25])
    # Towards beta = 1 it counts; the naive 1 - beta**n has lost all digits here.
    np.testing.assert_allclose(
        effective_number([1, 500], 1 - 1e-15), [1, 500], rtol=1e-12
    )


@given(st.integers(1, 10**6), st.floats(0, 0.999999))
def test_effective_number_is_between_one_and_its_limits(n: int, beta: float) -> None:
    number = effective_number([n], beta)[0]
    assert 1 - 1e-12 <= number <= min(n, 1 / (1 - beta)) * (1 + 1e-9)


# Rows: form, normalisation, beta, smallest, largest weight, largest / smallest ratio.
# Rounded as in the table that was computed independently from the same counts.
WEIGHTS = [
    ("paper", "none", 0.7, 3.333333, 3.333333, 1.000),
    ("inverse", "none", 0.7, 0.300000, 0.300000, 1.000),
    ("inverse", "class", 0.7, 1.0000, 1.0000, 1.000),
    ("inverse", "class", 0.9, 1.0000, 1.0000, 1.000),
    ("inverse", "class", 0.99, 0.9989, 1.0166, 1.018),
    ("inverse", "class", 0.999, 0.7095, 2.138, 3.01),
    ("inverse", "class", 0.9999, 0.1677, 3.320, 19.8),
    ("inverse", "class", 0.99999, 0.0990, 3.480, 35.1),
    ("paper", "class", 0.9999, 0.145, 2.878, 19.8),
]


@pytest.mark.parametrize(("form", "normalize", "beta", "low", "high", "ratio"), WEIGHTS)
def test_weights_of_table_1(
    form: str, normalize: str, beta: float, low: float, high: float, ratio: float
) -> None:
    weights = effective_number_weights(FRAMES, beta, form, normalize)
    assert weights.min() == pytest.approx(low, abs=1e-6 if low > 3 else 5.1e-4)
    assert weights.max() == pytest.approx(high, abs=1e-6 if low > 3 else 5.1e-4)
    assert weights.max() / weights.min() == pytest.approx(ratio, rel=2.5e-3)


def test_which_class_gets_the_most() -> None:
    rare, frequent = FRAMES.index(403), FRAMES.index(15239)
    inverse = effective_number_weights(FRAMES, 0.9999, "inverse")
    assert (inverse.argmax(), inverse.argmin()) == (rare, frequent)
    paper = effective_number_weights(FRAMES, 0.9999, "paper")
    assert (paper.argmax(), paper.argmin()) == (frequent, rare)
    np.testing.assert_allclose(paper * inverse, 1)


@pytest.mark.parametrize(
    ("beta", "ratio"), [(0.7, 1.03), (0.9, 1.54), (0.99, 8.12), (0.999, 13.9)]
)
def test_ratio_of_clip_counts(beta: float, ratio: float) -> None:
    weights = effective_number_weights(CLIPS, beta, "inverse")
    assert weights.max() / weights.min() == pytest.approx(ratio, rel=4e-3)


def test_normalisations() -> None:
    for form in ("paper", "inverse"):
        by_class = effective_number_weights(FRAMES, 0.999, form, "class")
        assert by_class.sum() == pytest.approx(24)
        by_instance = effective_number_weights(FRAMES, 0.999, form, "instance")
        assert by_instance @ FRAMES / sum(FRAMES) == pytest.approx(1)
        np.testing.assert_allclose(by_class / by_instance, by_class[0] / by_instance[0])


def test_large_beta_is_inverse_frequency() -> None:
    weights = effective_number_weights(FRAMES, 1 - 1e-12, "inverse", "class")
    frequency = 1 / np.array(FRAMES)
    np.testing.assert_allclose(weights, frequency / frequency.mean(), rtol=1e-6)


def test_class_without_samples_counts_as_one_sample_outside_the_mean() -> None:
    weights = effective_number_weights([0, 2, 2], 0.5, "inverse", "class")
    np.testing.assert_allclose(weights, [1.5, 1, 1])  # E(1) = 1, E(2) = 1.5
    weights = effective_number_weights([0, 2, 2], 0.5, "paper", "instance")
    np.testing.assert_allclose(weights, [1 / 1.5, 1, 1])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"beta": 1.0}, r"\[0, 1\), got 1.0"),
        ({"beta": -0.1}, r"\[0, 1\), got -0.1"),
        ({"counts": [3, -1]}, r"finite and >= 0, got \[3.0, -1.0\]"),
        ({"counts": [3, float("nan")]}, "finite"),
        ({"counts": [0, 0]}, "positive count"),
        ({"form": "cui"}, r"form='cui' is unknown, use one of \['paper', 'inverse'\]"),
        ({"normalize": True}, "normalize='True' is unknown"),
    ],
)
def test_bad_arguments(kwargs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effective_number_weights(**{"counts": [1, 2], "beta": 0.5, **kwargs})
