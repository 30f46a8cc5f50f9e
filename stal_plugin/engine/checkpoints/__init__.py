"""Checkpoints: what is saved, safe loading, weights of others, transfer."""
