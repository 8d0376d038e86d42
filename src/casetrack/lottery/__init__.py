"""Where chance enters, and nowhere else: everyone's chance, and one list drawn."""
