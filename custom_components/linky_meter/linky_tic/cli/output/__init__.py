"""What is read, handed on: tables, JSON lines, InfluxDB, one's own callbacks."""
