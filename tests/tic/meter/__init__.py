"""Tests of a whole meter, frame by frame."""
