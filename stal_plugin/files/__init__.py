"""Files that commands write: whole or as before, never in place of an input."""
