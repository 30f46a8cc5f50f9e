"""Write annotations and predictions in the formats of labelling tools."""
