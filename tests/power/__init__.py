"""How well active power is estimated, over households whose watts are known."""
