"""Blueprints of automations: their sources, and what copies them into the user's folder.

The repository's ``blueprints/`` folder, from which Home Assistant imports by URL, holds the
same files; a copy is in the user's language and has the meter's entities chosen.
"""
