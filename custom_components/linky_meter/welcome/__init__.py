"""What a new user looks at first: the Energy dashboard and a dashboard of the meter."""
