"""Node-RED itself, with the flow that people import."""
