"""The customer output (TIC) of French electricity meters, both modes.

Knows nothing of Home Assistant and is usable on its own: it is also published as the
package ``linky-tic``.
"""
