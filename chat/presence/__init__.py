"""Presence: who is in which room now.

`moves` decides about names, `writer` stores the rows, `members` adds connections to rooms and removes them.
"""
