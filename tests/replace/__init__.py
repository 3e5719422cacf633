"""Tests of meters that take another's place."""
