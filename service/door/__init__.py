"""Where Granian meets Flask: requests and their bodies as they come in, and answers that wait or stream."""
