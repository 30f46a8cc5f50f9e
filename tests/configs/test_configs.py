"""Every leaf config builds, trains a step and predicts, on a tiny generated data set."""
