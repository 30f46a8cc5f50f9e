"""Names the action of an actor from the maps of a clip network."""

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.registry import MODELS


@MODELS.register_module()
class ActorHead(BaseModule):
    """Average the maps over their parts and the last steps, then a linear layer.

    ::

        map of a step -> S x S means -> vector -+
                 ... of the last W steps -------+-> mean -> norm -> dropout -> linear

    The state is the vectors of the last steps, so that it is bounded, and streaming
    equals the whole clip. Vectors can be kept on disk: a network that is not trained
    then runs once, see ``stal_plugin.ActorFeatureDataset``.

    Args:
        in_channels: Channels C of the maps.
        num_classes: K, without background.
        window: Steps W.
        pool_size: Parts S per side.
        dropout: Share of features dropped before the last layer.
        norm: Bring every feature to mean 0 and variance 1, as in the training data
            (BatchNorm without weights).
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(N, C, T, h, w)``, output ``(N, K)`` logits of the last step.

    Raises:
        ValueError: ``window`` or ``pool_size`` is below 1.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        window: int = 8,
        pool_size: int = 1,
        dropout: float = 0.0,
        norm: bool = True,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if window < 1 or pool_size < 1:
            raise ValueError(
                f"window={window} and pool_size={pool_size} must be at least 1"
            )
        self.num_classes = num_classes
        self.window = window
        self.pool_size = pool_size
        self.num_features = in_channels * pool_size**2
        self.norm = nn.BatchNorm1d(self.num_features, affine=False) if norm else None
        self.dropout = nn.Dropout(dropout)
        self.fc_cls = nn.Linear(self.num_features, num_classes)

    def init_weights(self) -> None:
        """Start with equal classes, nearly."""
        super().init_weights()
        nn.init.normal_(self.fc_cls.weight, std=0.01)
        nn.init.zeros_(self.fc_cls.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the logits ``(N, K)`` of the last step of ``(N, C, T, h, w)``."""
        last = maps[:, :, -self.window :]
        vectors = self.vectors(last.transpose(1, 2).flatten(0, 1))
        return self.classify(vectors.unflatten(0, (len(maps), -1)))

    def vectors(self, maps: Tensor) -> Tensor:
        """Turn the maps of steps ``(N, C, h, w)`` into vectors ``(N, C S S)``."""
        return F.adaptive_avg_pool2d(maps, self.pool_size).flatten(1)

    def classify(self, vectors: Tensor, counts: Tensor | None = None) -> Tensor:
        """Return the logits of vectors.

        Args:
            vectors: ``(N, W', D)`` of steps, the newest last.
            counts: ``(N,)`` how many of the last are there; default: all.

        Returns:
            ``(N, K)``.
        """
        if counts is None:
            mean = vectors.mean(dim=1)
        else:
            place = torch.arange(vectors.shape[1], 0, -1, device=vectors.device)
            there = (place <= counts[:, None]).to(vectors.dtype)
            mean = (vectors * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        logits: Tensor = self.fc_cls(self.dropout(self._normal(mean)))
        return logits

    def _normal(self, features: Tensor) -> Tensor:
        norm = self.norm
        if norm is None:
            return features
        if len(features) < 2:  # nothing to measure a variance of
            return F.batch_norm(features, norm.running_mean, norm.running_var)
        normal: Tensor = norm(features)
        return normal

    def stream_state(self, batch_size: int, **_: Any) -> dict[str, Tensor]:
        """Return the state before the first step."""
        like = self.fc_cls.weight
        return {
            "vectors": like.new_zeros(batch_size, self.window, self.num_features),
            "counts": torch.zeros(batch_size, dtype=torch.int64, device=like.device),
        }

    def step(
        self, maps: Tensor, state: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Take in the maps of the next step.

        Args:
            maps: ``(N, C, h, w)``.
            state: From :meth:`stream_state` or the step before.

        Returns:
            ``(N, K)`` logits and the next state.
        """
        newest = self.vectors(maps)[:, None].to(state["vectors"].dtype)
        vectors = torch.cat([state["vectors"][:, 1:], newest], dim=1)
        counts = (state["counts"] + 1).clamp(max=self.window)
        return self.classify(vectors, counts), {"vectors": vectors, "counts": counts}
