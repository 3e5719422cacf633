"""What exported energy brings: sold, or kept for one by the supplier."""
