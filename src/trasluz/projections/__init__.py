"""Pictures of a space on a plane, with a way back. One file, one method."""
