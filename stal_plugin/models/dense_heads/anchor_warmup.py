"""YOLOv2's warm-up: at first, all boxes are pulled to their anchors."""

import torch
from mmengine.dist import get_world_size
from torch import Tensor, nn


class AnchorWarmup(nn.Module):
    """Say whether the warm-up lasts, from the number of clips seen so far.

    During the first ``samples`` training clips, YOLOv2 and YOWO's first code teach
    every prior that no ground truth has got to predict its anchor in the middle of its
    cell. The count is a buffer, so that it belongs to the checkpoint: a resumed run
    goes on with it.

    Args:
        samples: Length of the warm-up in clips, of all processes together; 12800 in
            YOLOv2.

    Reference:
        YOLOv2's region layer in Darknet; YOWO's region loss.
    """

    seen: Tensor

    def __init__(self, samples: int) -> None:
        super().__init__()
        self.samples = samples
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def advance(self, clips: int) -> bool:
        """Count a batch of that many clips; return whether it belongs to the warm-up.

        In evaluation mode nothing is counted, and nothing belongs to the warm-up.
        """
        if not self.training:
            return False
        lasts = bool(self.seen < self.samples)
        self.seen += clips * get_world_size()
        return lasts


def unmatched_priors(
    values: Tensor, anchors: Tensor, matched: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Pair what unmatched priors predict with what their anchors would be.

    Args:
        values: ``(B, P, 4)`` boxes or deltas.
        anchors: ``(P, 4)``, or ``(4,)`` if the same for all, in the same form.
        matched: Clip and prior of each matched one, ``(M,)`` and ``(M,)``.

    Returns:
        Values and anchors of the B * P - M others, ``(B * P - M, 4)`` each.
    """
    free = torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)
    free[matched] = False
    return values[free], anchors.expand_as(values)[free]
