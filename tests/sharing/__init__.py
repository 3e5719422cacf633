"""A meter shared with other programs, over real sockets."""
