"""The load generator: its own process, so that its CPU time is never mistaken for the server's."""
