"""Pictures of pictures: sheets and strips, maps, curves."""
