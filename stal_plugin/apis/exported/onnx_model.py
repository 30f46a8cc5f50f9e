"""An exported network as a model: it tests, detects and streams like its original."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from stal_plugin.annotations.problems import shortened
from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.open_runtime import open_runtime
from stal_plugin.apis.exported.runtime import Arrays
from stal_plugin.apis.exported.step_memory import StepMemory, check_lags
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES, apply_rule
from stal_plugin.registry import MODELS

_MESSAGE = 300  # characters of what is wrong


@MODELS.register_module()
class OnnxModel(BaseModel):
    """An exported network, run by one of the ``ENGINES``.

    Args:
        path: File that ``tools/export_onnx.py`` wrote, or the same read.
        device: ``'cpu'``; or ``'cuda'``, which needs the package onnxruntime-gpu.
        engine: See :func:`open_runtime`.
        precision: See :func:`open_runtime`.

    A file of a time step runs frame by frame (:meth:`step`); a clip begins anew.

    Shape:
        input ``(B, 3, T, H, W)`` float32, 0 to 255, RGB; predictions: boxes xyxy in
        pixels of the original frame, inside of it.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The engine is not installed.
        ValueError: The file is damaged or of other origin; the engine is unknown or
            has not the device or the precision; clips are of another size.
    """

    def __init__(
        self,
        path: str | Path | OnnxFile,
        device: str = "cpu",
        engine: str = "onnxruntime",
        precision: str = "fp32",
    ) -> None:
        # pixels stay as they are: the graph normalises
        super().__init__(
            {"type": "stal_plugin.ClipDataPreprocessor", "std": [1.0, 1.0, 1.0]}
        )
        file = path if isinstance(path, OnnxFile) else read_onnx(path)
        self.metadata = OnnxMetadata.from_properties(file.properties, str(file.path))
        self.runtime = open_runtime(file, engine, device, precision)
        self._check_inputs(file.path)

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

    @property
    def is_step(self) -> bool:
        """Whether the file holds a time step, to run frame by frame."""
        return self.metadata.stream is not None

    def new_memory(self, batch_size: int) -> StepMemory:
        """Memory of B streams that begin, for :meth:`step`."""
        lags = self.metadata.stream
        assert lags is not None  # is_step
        return StepMemory(lags, self.runtime.inputs, batch_size)

    def step(self, frame: Tensor, memory: StepMemory) -> Any:
        """Decoded output of the newest frame.

        Args:
            frame: ``(B, 3, H, W)`` float32, 0 to 255.
            memory: Of the streams; the frame enters it.
        """
        feeds = {self._input: frame.float().cpu().numpy(), **memory.feeds()}
        arrays = self.runtime(feeds)
        memory.take(arrays)
        return self._output(arrays)

    def _run(self, clips: Tensor) -> Any:
        shape = (3, self.metadata.sampling.clip_len, *self.metadata.size)
        if tuple(clips.shape[1:]) != shape:
            raise ValueError(
                f"the exported network takes clips (3, T, H, W) = {shape}, but the "
                f"pipeline gives {tuple(clips.shape[1:])}"
            )
        if not self.is_step:
            return self._output(
                self.runtime({self._input: clips.float().cpu().numpy()})
            )
        memory = self.new_memory(len(clips))
        for frame in clips.unbind(dim=2):
            output = self.step(frame, memory)
        return output

    def _check_inputs(self, path: Path) -> None:
        """Raise ValueError unless the graph is what the settings say."""
        inputs, metadata = self.runtime.inputs, self.metadata
        frames = () if self.is_step else (metadata.sampling.clip_len,)
        shape = (3, *frames, *metadata.size)
        self._input, *_ = inputs or ("",)
        try:
            if inputs.get(self._input) != shape:
                raise ValueError(
                    f"its settings say an input (batch, {', '.join(map(str, shape))}), "
                    f"its graph takes {inputs}"
                )
            check_lags(metadata.stream or {}, inputs, self.runtime.outputs)
        except ValueError as error:
            text = shortened(str(error), _MESSAGE)
            raise ValueError(f"'{path}' cannot be run: {text}") from None

    def _output(self, arrays: Arrays) -> Any:
        """Decoded output, of the rule's output class."""
        output: Any = DETECTION_RULES[self.metadata.rule].output
        names = [name for name in output._fields if name in arrays]
        parts = {name: torch.from_numpy(arrays[name]) for name in names}
        return output(**{name: parts.get(name) for name in output._fields})
