"""Ways to find latents for real items. One file, one method."""
