"""What is kept and looked up: models, data, atlases, maps, points, directions, regions."""
