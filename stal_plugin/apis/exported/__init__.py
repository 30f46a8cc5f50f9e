"""Networks exported to ONNX."""

from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel

__all__ = [
    "ExportedGraph",
    "OnnxMetadata",
    "OnnxModel",
]
