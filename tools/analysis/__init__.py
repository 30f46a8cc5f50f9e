"""Tables of the paper, the model zoo and the record of runs."""
