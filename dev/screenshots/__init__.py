"""`make screenshots`: every page that people see, on phones and desks, by day and by night, in every language."""
