"""The figures that documents quote, each with the script that makes it: `python -m benchmarks`."""

NAMES = (
    "startup",
    "speed_train",
    "speed_encode",
    "speed_decode",
    "memory",
    "quality_faces",
    "quality_pets",
    "quality_sounds",
    "quality_voices",
    "quality_bundled",
    "quality_noise",
    "quality_inversion",
    "quality_judgements",
    "quality_intervals",
    "quality_paths",
    "quality_support",
    "quality_directions",
    "quality_compare",
    "quality_carried",
    "quality_kin",
    "quality_fashion",
    "speed_families",
    "speed_pythae",
    "speed_umap",
    "speed_layouts",
    "speed_directions",
    "speed_compare",
    "speed_studio",
    "speed_page",
    "speed_hearing",
    "quality_gan",
    "soak_studio",
)
"""Every benchmark: the file of that name beside this one has a docstring and `run(bench) -> Report`."""
HOURS = ("quality_gan", "quality_kin", "soak_studio")
"""Those that are run by name alone: nobody who wants all figures wants to wait for them."""
