"""What a run writes and shows."""

from stal_plugin.apis.outputs.jsonl_file import JsonlFile
from stal_plugin.apis.outputs.outputs import Outputs
from stal_plugin.apis.outputs.prediction_file import PredictionFile
from stal_plugin.apis.outputs.result_json import result_json

__all__ = ["JsonlFile", "Outputs", "PredictionFile", "result_json"]
