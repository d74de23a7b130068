"""Fingerprints are the simhash package's values, in batches."""

import pytest
from simhash import Simhash

from clean.dedupe.fingerprints import features, fingerprints
from tests.conftest import RESULTS

LONG = "the council voted on the ferry and " * 200


@pytest.mark.parametrize(
    "texts", [["one"], ["", "one two", ""], [LONG, "short", LONG + "x"], ["夜の渡し船", "مرحبا بالعالم"]]
)
def test_bit_identical_to_the_package(texts: list[str]) -> None:
    ((each, together),) = fingerprints([texts])
    values = [Simhash(features(text)).value if features(text) else 0 for text in texts]
    assert [int(one, 16) for one in each] == values
    assert int(together, 16) == Simhash([feature for text in texts for feature in features(text)]).value


def test_records_carry_them() -> None:
    for result in RESULTS.values():
        for record in result.records:
            ((each, together),) = fingerprints([[passage.text for passage in record.body]])
            assert [passage.fingerprint for passage in record.body] == each
            assert record.fingerprint == together


def test_no_texts() -> None:
    assert fingerprints([]) == []
    assert fingerprints([[], []]) == [([], "0" * 16)] * 2
