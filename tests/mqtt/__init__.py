"""MQTT: a real broker, and Home Assistant's own integration of it."""
