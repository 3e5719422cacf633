"""The files of consumption that Enedis gives its customers."""
