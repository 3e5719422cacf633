"""Where the command line reads from: ports, servers, recordings."""
