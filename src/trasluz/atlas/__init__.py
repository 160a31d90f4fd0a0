"""The encoded data set on disk: latents, rows, thumbnails, projections; its neighbours and queries."""
