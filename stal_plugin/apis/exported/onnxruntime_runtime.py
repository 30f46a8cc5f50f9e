"""onnxruntime, the engine that every exported file was compared with."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray

from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.runtime import Arrays, Runtime, fixed_shape

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxRuntime(Runtime):
    """Runs a file with onnxruntime, with as many threads as torch has.

    Args:
        file: The file.
        device: ``'cpu'``; or ``'cuda'``, which needs the package onnxruntime-gpu.
        precision: ``'fp32'``: it computes with the numbers of the file.
        varying: The graph may have free sizes beside the batch.
        own_batch: No part: any batch is taken as it comes.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: It cannot run the file, or has not the device or the precision.
    """

    def __init__(
        self,
        file: OnnxFile,
        device: str = "cpu",
        precision: str = "fp32",
        varying: bool = False,
        own_batch: tuple[str, ...] = (),
    ) -> None:
        runtime = _onnxruntime()
        if precision != "fp32":
            raise ValueError(
                f"onnxruntime does not compute in {precision}: take engine='openvino', "
                "or leave the precision out"
            )
        provider = _PROVIDERS.get(device, device)
        if provider not in runtime.get_available_providers():
            raise ValueError(
                f"onnxruntime cannot run on {device!r} here: use device='cpu', or "
                "install onnxruntime-gpu in place of onnxruntime"
            )
        options = runtime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3  # errors only
        try:
            self.session: Any = runtime.InferenceSession(
                file.content, options, providers=[provider]
            )
        except Exception as error:  # its classes share no other base
            raise ValueError(f"'{file.path}' cannot be run: {error}") from None
        self.inputs = {
            i.name: fixed_shape(i.shape, i.name, file.path, varying)
            for i in self.session.get_inputs()
        }
        self.outputs = tuple(output.name for output in self.session.get_outputs())

    def __call__(self, feeds: Mapping[str, NDArray]) -> Arrays:
        """Run the graph once."""
        arrays = self.session.run(self.outputs, dict(feeds))
        return dict(zip(self.outputs, arrays, strict=True))


def best_device() -> str:
    """Device that onnxruntime can use here: ``'cuda'`` or ``'cpu'``."""
    available = _onnxruntime().get_available_providers()
    return "cuda" if _PROVIDERS["cuda"] in available else "cpu"


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise ImportError(
            "ONNX files need the package onnxruntime: pip install -e .[export]"
        ) from None
    return onnxruntime
