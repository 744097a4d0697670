"""What is asked over HTTP, how it has to be answered, and whether what was acknowledged is there afterwards."""
