"""What a clip network that is not trained sees of a data set, kept on disk."""
