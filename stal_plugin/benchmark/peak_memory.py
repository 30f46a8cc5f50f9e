"""The most memory that this process has taken."""

import sys
from pathlib import Path

import torch

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.prediction_run import PredictionRun
from stal_plugin.apis.sources import open_source


def peak_memory(detector: ActionDetector, video: str | Path) -> dict[str, float]:
    """Detect on a whole video, write all outputs, and see what memory that took.

    Call it in a process that does nothing else. The system tells the memory on Unix
    only.

    Args:
        detector: The detector.
        video: The video; outputs are written beside it.

    Returns:
        ``resident_mib`` of the process and, on a GPU, ``gpu_mib`` of tensors.
    """
    import resource

    source, folder = open_source(str(video)), Path(video).parent
    outputs = Outputs(source, folder / "out.mp4", folder / "o.jsonl", folder / "o.csv")
    with outputs:
        PredictionRun(detector)(source, outputs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    memory = {"resident_mib": peak / unit}
    if detector.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(detector.device)
        memory["gpu_mib"] = peak / (1 << 20)
    return memory
