"""Training: the recipe, the batches, the steps made of them, when it ends, and the state that it goes on from."""
