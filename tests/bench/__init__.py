"""What has to be fast."""
