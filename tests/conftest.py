"""What every test may use."""

pytest_plugins = [
    "tests.support.fixtures",
    "tests.support.left_out",
    "tests.support.restored",
    "tests.support.writers",
]
