"""What of a reading is shown when, and which values are of use at which meter.

For whoever keeps what is shown: Home Assistant's database, or a broker's listeners.
"""
