"""The books: points, hours and money. One row is one transfer between two accounts; nothing is edited, only reversed."""
