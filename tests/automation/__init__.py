"""Triggers and conditions, in automations that run."""
