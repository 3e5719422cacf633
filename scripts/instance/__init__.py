"""A real Home Assistant with a simulated meter: for the smoke boot and the demo."""
