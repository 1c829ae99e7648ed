"""What the refresh is tried on: sentences of which two in three say something."""

SENTENCES = (
    "Kupffer cells drive fibrosis, number {}, in the liver.",
    "CSF1R blockade may reduce the metastasis that neutrophils seed, number {}.",
    "The mice of group {} were weighed once a week, and that is all that this text says.",
)
