"""Weights from elsewhere: readers of their formats, and what starts a branch."""
