"""What tests stand on: real servers on free ports, and the site as a real process."""
