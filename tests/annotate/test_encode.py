"""What is read without learning is what thinc's layers give, whatever documents come together."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate import encode
from pipeline.annotate.embed import build_tok2vec

WIDTH = 16


@pytest.fixture(scope="module")
def encoder():
    nlp = spacy.blank("en")
    nlp.vocab.set_vector("cell", np.ones(8, dtype="float32"))
    model = build_tok2vec(WIDTH, [50, 50, 50, 50], depth=3, pieces=3)
    model.initialize(X=[nlp.make_doc("Kupffer cells drive fibrosis.")])
    rng = np.random.default_rng(0)
    for node in model.get_ref("encode").walk():
        for name in node.param_names:  # as after training: no zeros and ones
            drawn = rng.normal(size=node.get_param(name).shape)
            node.set_param(name, node.get_param(name) + 0.3 * drawn.astype("float32"))
    return model.get_ref("encode")


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(0, 40), min_size=1, max_size=8), together=st.sampled_from([1, 30, 4_000]))
def test_it_is_what_the_layers_give(encoder, lengths, together):
    rng = np.random.default_rng(sum(lengths))
    documents = [rng.normal(size=(length, WIDTH)).astype("float32") for length in lengths]
    expected, _ = encoder.begin_update(documents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "_TOGETHER", together)
        patch.setattr(encode, "_STRETCH", 7)
        found = encoder.predict(documents)
    assert [len(one) for one in found] == lengths
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_no_document_hangs_on_those_beside_it(encoder):
    rng = np.random.default_rng(1)
    one, other = (rng.normal(size=(9, WIDTH)).astype("float32") for _ in range(2))
    (alone,) = encoder.predict([one])
    _, beside, _ = encoder.predict([other, one, 1_000 * other])
    np.testing.assert_allclose(alone, beside, rtol=1e-5, atol=1e-5)


def test_what_is_predicted_is_not_learned_from(encoder):
    _, back = encoder([np.zeros((2, WIDTH), dtype="float32")], is_train=False)
    with pytest.raises(ValueError, match="not learned"):
        back([])
