"""Tests of the forms, through Home Assistant's flow manager."""
