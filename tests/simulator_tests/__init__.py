"""Tests of the simulated meter, on which the other tests stand."""
