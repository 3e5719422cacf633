"""The ways a meter's bytes go: pseudo-terminal, network, server, a bad line."""
