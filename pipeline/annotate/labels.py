"""Labels of other people's models, as our types.

The label sets are those of scispaCy's models (Neumann et al., BioNLP 2019): CRAFT, JNLPBA, BC5CDR and BioNLP13CG.
"""

from __future__ import annotations

from pipeline.records import MentionType

_LABELS = {
    MentionType.CELL: "CELL CELL_TYPE CELL_LINE CL",
    MentionType.GENE: "GENE GGP GENE_OR_GENE_PRODUCT PROTEIN DNA RNA AMINO_ACID",
    MentionType.CHEMICAL: "CHEMICAL SIMPLE_CHEMICAL CHEBI",
    MentionType.DISEASE: "DISEASE CANCER PATHOLOGICAL_FORMATION",
    MentionType.ANATOMY: (
        "ANATOMY ORGAN TISSUE MULTI-TISSUE_STRUCTURE ANATOMICAL_SYSTEM ORGANISM_SUBDIVISION ORGANISM_SUBSTANCE "
        "DEVELOPING_ANATOMICAL_STRUCTURE IMMATERIAL_ANATOMICAL_ENTITY CELLULAR_COMPONENT"
    ),
    MentionType.ORGANISM: "ORGANISM TAXON",
    MentionType.MECHANISM: "MECHANISM GO",
    MentionType.THERAPY: "THERAPY",
}
_TYPES = {label: type_ for type_, labels in _LABELS.items() for label in labels.split()}


def type_of(label: str) -> MentionType | None:
    """Our type for a label of any scispaCy model, in any case; None for what we do not keep (SO, ENTITY).

    >>> type_of("Gene_or_gene_product")
    <MentionType.GENE: 'GENE'>
    """
    return _TYPES.get(label.upper())
