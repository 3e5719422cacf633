"""The commands of linky-tic."""
