"""What automations listen to and ask: triggers and conditions of a meter."""
