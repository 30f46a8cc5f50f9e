"""What is wrong with annotation files, and how to repair it."""
