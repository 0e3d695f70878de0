"""Each deed by each role, on each way in."""
