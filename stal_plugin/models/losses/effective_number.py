"""Class weights from the effective number of samples (Cui et al., CVPR 2019)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FORMS = ("paper", "inverse")
NORMALIZATIONS = ("none", "class", "instance")


def effective_number(counts: ArrayLike, beta: float) -> NDArray[np.float64]:
    """Return ``E = (1 - beta**n) / (1 - beta)``, exact for beta close to 0 or 1.

    E grows from 0 (n = 0) over 1 (n = 1) to its limit 1 / (1 - beta), so that beta =
    0.7 treats every class of more than a hundred frames alike, and beta -> 1 counts.

    Args:
        counts: Samples per class n >= 0, any shape.
        beta: In [0, 1).

    Raises:
        ValueError: If ``beta`` or a count is out of range.
    """
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be in [0, 1), got {beta}")
    n = np.asarray(counts, dtype=np.float64)
    if not (np.isfinite(n) & (n >= 0)).all():
        raise ValueError(f"sample counts must be finite and >= 0, got {n.tolist()}")
    if beta == 0:
        return np.minimum(n, 1.0)  # log(0) below would turn n = 0 into NaN
    return -np.expm1(n * np.log(beta)) / (1 - beta)  # expm1 keeps the digits


def effective_number_weights(
    counts: Sequence[float] | NDArray,
    beta: float,
    form: str = "paper",
    normalize: str = "none",
) -> NDArray[np.float64]:
    """Return one loss weight per class.

    A class without samples gets the weight of a class with one sample (the inverse
    form would divide by zero) and takes no part in the normalisation.

    Args:
        counts: Samples per class, ``(K,)``.
        beta: In [0, 1).
        form: 'paper' is E, as printed in arXiv:2012.08097 (favours frequent classes);
            'inverse' is 1 / E, as in Cui et al. (favours rare classes).
        normalize: 'none'; 'class': the mean over classes is 1 (sum w = K);
            'instance': the mean over samples is 1 (sum n w / sum n), which keeps the
            size of the whole loss.

    Returns:
        Weights, ``(K,)`` float64.

    Raises:
        ValueError: If an argument is out of range or no class has a sample.
    """
    for name, value, allowed in (
        ("form", form, FORMS),
        ("normalize", normalize, NORMALIZATIONS),
    ):
        if value not in allowed:
            raise ValueError(f"{name}='{value}' is unknown, use one of {list(allowed)}")
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 1 or not (n > 0).any():
        raise ValueError(
            f"samples per class must be one list with a positive count, got {counts}"
        )
    number = effective_number(np.where(n == 0, 1, n), beta)
    weights = number if form == "paper" else 1 / number
    if normalize == "class":
        weights = weights / weights[n > 0].mean()
    elif normalize == "instance":
        weights = weights / np.average(weights, weights=n)
    return weights
