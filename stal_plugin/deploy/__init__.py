"""Networks outside of PyTorch: export to ONNX, and back into the detector."""

from stal_plugin.deploy.exported_graph import ExportedGraph
from stal_plugin.deploy.onnx_metadata import OnnxMetadata
from stal_plugin.deploy.onnx_model import OnnxModel

__all__ = ["ExportedGraph", "OnnxMetadata", "OnnxModel"]
