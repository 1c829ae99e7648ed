"""A campaign of hostile input over every reader and over the whole pipeline: ``make fuzz``.

Inputs are made from a seed and a number, so that each can be made again; they are tried in processes that may hang,
grow or die without harm to the campaign. Own mutators, and not a coverage-guided fuzzer: what is asked here is not
only "does it raise", and half the inputs have to be sound enough to get past a reader into the pipeline.
(Hypothesis drives the tests beside the readers, which find small counterexamples.)
"""
