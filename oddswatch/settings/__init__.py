"""What one site decides, and reading it."""
