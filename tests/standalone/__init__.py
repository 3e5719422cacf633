"""``linky-tic run`` over a long time, with a real InfluxDB."""
