"""The mutations still fit the code: `make mutations` runs them."""

import pytest

from tests.mutations import MUTATIONS, ROOT, _mutated


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_has_the_code_that_each_mutation_changes(mutation):
    assert _mutated(ROOT, mutation)
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / path).read_text("utf-8")
