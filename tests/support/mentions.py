"""Texts with the mentions in them, for the server and for the page, which must agree."""

from typing import Final

PEOPLE: Final = ("Ann", "Ann Lee", "bob", "Žofie", "小明", "R2_D2", "O'Neil", "C++", "ẞen", "ANTÓN")

MENTIONS: Final[tuple[tuple[str, list[str]], ...]] = (
    ("@Ann", ["@Ann"]),
    ("hello @ann, and @BOB!", ["@ann", "@BOB"]),
    ("@Ann Lee is not @Ann", ["@Ann Lee", "@Ann"]),
    ("@Anna and mail@bob and @@bob", ["@bob"]),
    ("(@bob) @Žofie: @小明你好 @小明", ["@bob", "@Žofie", "@小明", "@小明"]),
    ("你好@bob @bob你好", ["@bob", "@bob"]),
    ("@R2_D2 @O'Neil @C++", ["@R2_D2", "@O'Neil", "@C++"]),
    ("@ßen @antón", ["@ßen", "@antón"]),
    ("`@bob` and [@bob](https://a.example)\n```\n@bob\n```", []),
    ("``a ` @bob`` `a` @bob", ["@bob"]),
    ("`a @bob\n\n```\n@bob", ["@bob"]),
    ("**@bob** > @bob\n- @bob", ["@bob", "@bob", "@bob"]),
    ("https://a.example/@bob or this/@bob", []),
    ("@Ann\nLee", ["@Ann"]),
    ("@nobody @", []),
)
