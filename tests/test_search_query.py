"""What a text that is looked for asks for."""

import pytest

from chat.search_query import parse_search


@pytest.mark.parametrize(
    "quoted",
    [
        '"Ann Lee"',
        "“Ann Lee”",
        "„Ann Lee“",
        "„Ann Lee”",
        "”Ann Lee”",
        "«Ann Lee»",
        "»Ann Lee«",
        "« Ann Lee »",
    ],
)
def test_name_with_a_space_is_taken_in_the_quotes_that_a_keyboard_types(quoted: str):
    words, filters = parse_search(f"tea from:{quoted} milk", "text")
    assert (words, filters.sender) == (("tea", "milk"), "Ann Lee")


@pytest.mark.parametrize("given", ["Ann", "@Ann", '"Ann"', "“Ann”", "«Ann»"])
def test_name_without_a_space_needs_no_quotes(given: str):
    assert parse_search(f"from:{given}", "text")[1].sender == "Ann"


@pytest.mark.parametrize("given", ["O”Brien", 'O"Brien', "O'Brien"])
def test_quotation_mark_in_a_name_is_part_of_it(given: str):
    assert parse_search(f"from:{given}", "text")[1].sender == given
