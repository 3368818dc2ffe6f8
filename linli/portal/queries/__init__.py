"""Reading for public pages: choices of the report form, the story of a case in plain words, what the map shows."""
