"""Whether figures of money hold that a household decides on."""
