"""Tables of the paper, the model zoo, the record of runs; no part of the plugin."""
