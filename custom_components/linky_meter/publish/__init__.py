"""What of a reading is shown when."""
