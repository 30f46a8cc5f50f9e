"""Actor detectors exported to ONNX: two files, the step and the person detector."""
