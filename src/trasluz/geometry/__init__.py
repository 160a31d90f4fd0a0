"""Pure functions of latents."""
