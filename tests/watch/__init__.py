"""Whether use that is unusual is found, in years of simulated households."""
