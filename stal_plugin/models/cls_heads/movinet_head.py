"""The classifier of the published MoViNets."""

from collections.abc import Sequence
from typing import Any

from mmaction.models.heads import BaseHead
from torch import Tensor, nn

from stal_plugin.models.backbones.movinet_layers import (
    ACTIVATIONS,
    activation,
    cumulative_mean,
    mean_dtype,
)
from stal_plugin.registry import MODELS


@MODELS.register_module()
class MoViNetHead(BaseHead):
    """Mean over space and time, two linear layers.

    Args:
        num_classes: Number of classes K.
        in_channels: Channels of the map: 480, 600 or 640 for A0, A1 and A2.
        hidden_channels: Outputs of the first linear layer.
        hidden_activation: ``'swish'``, ``'hard_swish'`` or ``'relu6'``; the backbone's.
        dropout_ratio: Of the hidden features.
        kwargs: Loss and so on, see ``mmaction.models.heads.BaseHead``.

    Raises:
        ValueError: The activation is none of those above.

    Reference:
        arXiv:2103.11511.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        hidden_channels: int = 2048,
        hidden_activation: str = "hard_swish",
        dropout_ratio: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        if hidden_activation not in ACTIVATIONS:
            raise ValueError(
                f"hidden_activation must be one of {[*ACTIVATIONS]}, got "
                f"{hidden_activation!r}"
            )
        self.fc_hidden = nn.Linear(in_channels, hidden_channels)
        self.act = activation(hidden_activation)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc_cls = nn.Linear(hidden_channels, num_classes)

    def forward(self, x: Tensor | Sequence[Tensor], **kwargs: Any) -> Tensor:
        """Return logits ``(B, K)`` of maps ``(B, C, T, h, w)``, or of the last map.

        Args:
            x: Output of the backbone.
            kwargs: What recognisers pass on to other heads; not used.
        """
        last = x if isinstance(x, Tensor) else x[-1]
        return self.classify(last.mean((2, 3, 4)))

    def classify(self, pooled: Tensor) -> Tensor:
        """Return logits ``(..., K)`` of pooled features ``(..., C)``."""
        logits: Tensor = self.fc_cls(self.dropout(self.act(self.fc_hidden(pooled))))
        return logits

    def stream_state(self, batch_size: int) -> tuple[Tensor, Tensor]:
        """Return the state of B videos at their start: mean so far, frames so far."""
        weight = self.fc_cls.weight
        dtype = mean_dtype(weight.dtype)
        return (
            weight.new_zeros(batch_size, self.in_channels, dtype=dtype),
            weight.new_zeros(batch_size, 1, dtype=dtype),
        )

    def step(
        self, feature: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the logits of all frames so far.

        Args:
            feature: ``(B, C, h, w)``, map of one new frame.
            state: What :meth:`stream_state` or the last step returned; it is not
                changed.

        Returns:
            Logits ``(B, K)``, equal to :meth:`forward` of all maps so far, and the new
            state.
        """
        means, mean, count = cumulative_mean(feature.mean((2, 3))[:, None], *state)
        return self.classify(means[:, 0]), (mean, count)

    def init_weights(self) -> None:
        """Draw small weights for the classes, unless ``init_cfg`` says more."""
        nn.init.normal_(self.fc_cls.weight, std=0.01)
        nn.init.zeros_(self.fc_cls.bias)
        super().init_weights()
