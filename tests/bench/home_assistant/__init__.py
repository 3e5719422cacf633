"""A whole Home Assistant: processor time, latency, start."""
