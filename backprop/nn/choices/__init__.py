"""What is chosen by name: activations, losses, optimizers, schedules, initializers; one table and one form for each."""
