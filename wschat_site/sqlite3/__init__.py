"""Django's database engine for SQLite, whose threads take turns."""
