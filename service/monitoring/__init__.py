"""What is told of the service itself: a line for each request, and figures for Prometheus."""
