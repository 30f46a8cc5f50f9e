"""Check labels before they index anything."""

from torch import Tensor


def check_labels(
    pred: Tensor, target: Tensor, num_classes: int, use_sigmoid: bool
) -> None:
    """Raise one clear error if logits and labels do not fit.

    Without it a wrong label is an index error without a name, or on a GPU a failed
    device assertion that ends the process.

    Args:
        pred: Logits ``(..., C)``.
        target: Indices ``(...)`` or dense labels ``(..., C)``.
        num_classes: K.
        use_sigmoid: Sigmoid takes C = K and labels 0 to K (K is background); softmax
            takes C = K or K + 1 and labels below C.

    Raises:
        ValueError: If they do not fit.
    """
    columns = pred.size(-1)
    allowed = [num_classes] if use_sigmoid else [num_classes, num_classes + 1]
    if columns not in allowed:
        raise ValueError(
            f"num_classes={num_classes} with {'sigmoid' if use_sigmoid else 'softmax'}"
            f" takes {allowed} logits per row, got pred of shape {tuple(pred.shape)}"
        )
    if target.dim() == pred.dim():
        if target.shape != pred.shape:
            raise ValueError(
                f"dense labels must have the shape of pred, {tuple(pred.shape)}, got "
                f"{tuple(target.shape)}"
            )
        return
    if target.shape != pred.shape[:-1]:
        raise ValueError(
            f"labels must have the shape {tuple(pred.shape[:-1])}, got "
            f"{tuple(target.shape)}"
        )
    largest = num_classes if use_sigmoid else columns - 1
    if target.numel() and not 0 <= target.min() <= target.max() <= largest:
        raise ValueError(
            f"labels must be 0 to {largest}, got {target.unique().tolist()}. Background"
            f" is label {num_classes}; it needs sigmoid or {num_classes + 1} softmax "
            "logits."
        )
