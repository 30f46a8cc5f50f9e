"""Division of annotated videos into training, validation and test."""
