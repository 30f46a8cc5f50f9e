"""Find and repair faults of an annotation in our format."""
