"""Maps from one model's latent space to another's, one method a file."""
