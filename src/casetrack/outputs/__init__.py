"""What a run leaves behind: the return, the report, the record packs and the manifest."""
