"""The callback ``mqtt``: what a meter says, for a broker's listeners."""
