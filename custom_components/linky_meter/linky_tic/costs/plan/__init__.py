"""What is to come: prices ahead, and when to use energy."""
