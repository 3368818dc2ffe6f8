"""Pages of the desk: load through the door, one form, one operation, page or fragment."""
