"""Answers to what people ask of a meter: for scripts, and for voice assistants."""
