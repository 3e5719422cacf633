"""Files of Enedis."""
