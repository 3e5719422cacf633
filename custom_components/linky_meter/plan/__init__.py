"""What is to come: prices ahead, for people, automations and other programs."""
