"""An exported network as a model: it tests, detects and streams like its original."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES, apply_rule
from stal_plugin.registry import MODELS

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


@MODELS.register_module()
class OnnxModel(BaseModel):
    """An exported network, run by onnxruntime, with as many threads as torch has.

    Args:
        path: File that ``tools/export_onnx.py`` wrote.
        device: ``'cpu'``; or ``'cuda'``, which needs the package onnxruntime-gpu.

    Shape:
        input ``(B, 3, T, H, W)`` float32, 0 to 255, RGB; predictions: boxes xyxy in
        pixels of the original frame, inside of it.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: onnxruntime is not installed.
        ValueError: The file is damaged or of other origin; onnxruntime has not the
            device; clips are of another size.
    """

    def __init__(self, path: str | Path, device: str = "cpu") -> None:
        # pixels stay as they are: the graph normalises
        super().__init__(
            {"type": "stal_plugin.ClipDataPreprocessor", "std": [1.0, 1.0, 1.0]}
        )
        self.session = _open(Path(path), device)
        properties = self.session.get_modelmeta().custom_metadata_map
        self.metadata = OnnxMetadata.from_properties(properties, str(path))
        self.names = [output.name for output in self.session.get_outputs()]
        self.input_name = self.session.get_inputs()[0].name

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[BaseDataElement] | None = None,
        mode: str = "tensor",
    ) -> Any:
        """Return the decoded output, or samples with ``pred_instances``.

        Args:
            inputs: ``(B, 3, T, H, W)`` float32, 0 to 255.
            data_samples: B samples, needed in the mode 'predict'.
            mode: 'tensor' or 'predict', see mmengine.
        """
        if mode not in ("tensor", "predict"):
            raise ValueError(f"an exported network cannot be trained (mode={mode!r})")
        output = self._run(inputs)
        if mode == "tensor":
            return output
        samples = data_samples or ()
        metas = [sample.metainfo for sample in samples]
        results = self.predict_by_feat(output, metas)
        for sample, result in zip(samples, results, strict=True):
            sample.pred_instances = result
        return data_samples

    def predict_by_feat(self, output: Any, metas: Sequence[dict]) -> list[InstanceData]:
        """Detections of each clip, in original pixels, from the decoded output."""
        rule, cfg = self.metadata.rule, self.metadata.rule_cfg
        return apply_rule(rule, output, cfg, metas, rescale=True)

    def _run(self, clips: Tensor) -> Any:
        shape = (3, self.metadata.sampling.clip_len, *self.metadata.size)
        if tuple(clips.shape[1:]) != shape:
            raise ValueError(
                f"the exported network takes clips (3, T, H, W) = {shape}, but the "
                f"pipeline gives {tuple(clips.shape[1:])}"
            )
        arrays = self.session.run(
            self.names, {self.input_name: clips.float().cpu().numpy()}
        )
        tensors = dict(zip(self.names, map(torch.from_numpy, arrays), strict=True))
        output: Any = DETECTION_RULES[self.metadata.rule].output
        return output(**{name: tensors.get(name) for name in output._fields})


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


def _open(path: Path, device: str) -> Any:
    """Open a file with onnxruntime."""
    runtime = _onnxruntime()
    if not path.is_file():
        raise FileNotFoundError(f"'{path}' does not exist")
    provider = _PROVIDERS.get(device, device)
    if provider not in runtime.get_available_providers():
        raise ValueError(
            f"onnxruntime cannot run on {device!r} here: use device='cpu', or install "
            "onnxruntime-gpu in place of onnxruntime"
        )
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors only
    try:
        return runtime.InferenceSession(str(path), options, providers=[provider])
    except Exception as error:  # its classes share no other base
        raise ValueError(f"'{path}' cannot be run: {error}") from None
