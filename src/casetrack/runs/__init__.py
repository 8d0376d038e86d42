"""The folders of a list, the manifest, and the same draw again."""
