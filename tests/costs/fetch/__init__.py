"""What is fetched from public services: prices, Tempo's colours, redirects."""
