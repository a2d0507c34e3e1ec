"""Four levels: figures that a county delivers up, and what an office above may see of it."""
