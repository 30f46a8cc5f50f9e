"""Readers of other tools' annotations, one module per format."""
