"""What is told of costs: by the meter, by entities of alert days and of prices."""
