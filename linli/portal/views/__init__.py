"""Pages of the portal: load through the door, one form, one operation, a page."""
