from pathlib import Path

import onnx
import torch

from stal_plugin.compat.openvino_gather import last_frame


class _LastFrame(torch.nn.Module):
    def forward(self, clip: torch.Tensor) -> torch.Tensor:
        return last_frame(clip)


def test_the_last_frame_without_a_gather(tmp_path: Path) -> None:
    """OpenVINO refuses the Gather in int8, see ``test_quantize.py``."""
    clip = torch.arange(2 * 3 * 4 * 5 * 6).reshape(2, 3, 4, 5, 6).float()
    assert torch.equal(last_frame(clip), clip[:, :, 3])
    path = str(tmp_path / "m.onnx")
    torch.onnx.export(_LastFrame(), (clip,), path, dynamo=False, opset_version=17)
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert operators == {"Constant", "Slice", "Squeeze"}
