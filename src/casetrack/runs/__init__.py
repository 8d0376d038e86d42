"""The two folders of a list, the manifest, and the same draw again."""
