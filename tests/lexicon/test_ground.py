"""Grounding: tables of (mention, type, identifier)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lexicon import Lexicon, spelled_out

CELLS = [
    ("Kupffer cells", "CL:0000091"),
    ("KCs", "CL:0000091"),
    ("macrophages", "CL:0000235"),
    ("MDSCs", "CL:0000889"),
    ("PMN-MDSCs", "CL:0002467"),
    ("M-MDSCs", "CL:0002468"),
    ("TAMs", "MESH:D000084582"),
    ("tumour-associated macrophages", "MESH:D000084582"),
    ("M2 macrophages", "CL:0000890"),
    ("CAFs", "MESH:D000072645"),
    ("myCAFs", "MESH:D000072645"),
    ("Tregs", "CL:0000815"),
    ("regulatory T lymphocytes", "CL:0000815"),
    ("T-cell", "CL:0000084"),
    ("CD8+ T cells", "CL:0000625"),
    ("CD8 T-cells", "CL:0000625"),
    ("CD8-positive T lymphocytes", "CL:0000625"),
    ("CTLs", "CL:0000910"),
    ("NK cells", "CL:0000623"),
    ("natural killer (NK) cells", "CL:0000623"),
    ("γδ T cells", "CL:0000798"),
    ("Th17", "CL:0000899"),
    ("ILC2s", "CL:0001069"),
    ("pDCs", "CL:0000784"),
    ("LSECs", "CL:1000398"),
    ("hepatic stellate cells", "CL:0000632"),
    ("iNKT cells", "CL:0000921"),
    ("tumor cells", "CL:0001064"),
    ("melanoma cells", "CL:0001064"),
    ("TNBC cells", "CL:0001064"),
    ("cancer stem cells", "MESH:D014411"),
    ("intratumoral CCR8+ Tregs", "CL:0000815"),
    ("splenic and peritoneal macrophages", "CL:0000235"),
    ("RAW264.7 cells", "cellosaurus:CVCL_0493"),
    ("CAR-T cells", "CL:0000084"),
]
MECHANISMS = [
    ("exhaustion", "MESH:D000094383"),
    ("T-cell exhaustion", "MESH:D000094383"),
    ("immune evasion", "MESH:D019139"),
    ("NETosis", "GO:0140645"),
    ("extracellular traps", "GO:0140645"),
    ("efferocytosis", "GO:0043277"),
    ("EMT", "GO:0001837"),
    ("epithelial-mesenchymal transition", "GO:0001837"),
    ("apoptosis", "GO:0006915"),
    ("angiogenesis", "GO:0001525"),
    ("fibronectin deposition", "GO:0085029"),
    ("IL-10 secretion", "GO:0032613"),
    ("secretion of IL-10", "GO:0032613"),
    ("antitumor immunity", "GO:0002418"),
    ("metastasis", "MESH:D009362"),
    ("pre-metastatic niche formation", "MESH:D009362"),
    ("drug resistance", "MESH:D004351"),
    ("M2 polarization", "MESH:D008262"),
    ("PD-L1 expression", "GO:0010467"),
    ("rheumatoid arthritis", "MONDO:0008383"),
    ("phagocytosis of apoptotic cells", "GO:0043277"),
]
THERAPIES = [
    ("pembrolizumab", "MESH:C582435"),
    ("immune checkpoint inhibitors", "MESH:D000082082"),
    ("ICIs", "MESH:D000082082"),
    ("radiotherapy", "MESH:D011878"),
    ("CAR-T cell therapy", "MESH:D016219"),
    ("dendritic cell vaccine", "MESH:D019496"),
    ("imatinib", "CHEBI:45783"),
    ("CSF1R inhibition", "KUPFFER:inhibition.HGNC_2433"),
    ("CSF-1R blockade", "KUPFFER:inhibition.HGNC_2433"),
    ("anti-CSF1R antibody", "KUPFFER:inhibition.HGNC_2433"),
    ("CCR2/CCR5 blockade", "KUPFFER:inhibition.HGNC_1603+HGNC_1606"),
    ("blockade of CCR2 and CCR5", "KUPFFER:inhibition.HGNC_1603+HGNC_1606"),
    ("CDK4/6 inhibitors", "KUPFFER:inhibition.HGNC_1773+HGNC_1777"),
    ("PD-1 inhibitors", "KUPFFER:inhibition.HGNC_8760"),
    ("anti-PD-1", "KUPFFER:inhibition.HGNC_8760"),
    ("CD40 agonism", "KUPFFER:activation.HGNC_11919"),
    ("anti-CD40 antibodies", "KUPFFER:antibody.HGNC_11919"),
    ("Treg depletion", "KUPFFER:depletion.CL_0000815"),
    ("CD19-directed CAR-T cells", "KUPFFER:CAR-T.HGNC_1633"),
    ("nivolumab plus ipilimumab", "KUPFFER:combination.MESH_D000074324+MESH_D000077594"),
    ("non-neutralizing antibodies", "MESH:D000906"),
    ("targeting Shh", "KUPFFER:targeting.HGNC_10848"),
]
NOTHING = [
    ("cells", "CELL"),
    ("T and B frobnicators", "CELL"),
    ("AMPK activation", "MECHANISM"),
    ("joint mobility", "MECHANISM"),
    ("α-SMA", "MECHANISM"),
    ("XYZ-999 inhibitor", "THERAPY"),
    ("therapy", "THERAPY"),
    ("", "CELL"),
    ("...", "MECHANISM"),
    ("€€€", "THERAPY"),
]


@pytest.mark.parametrize(
    ("text", "type", "curie"),
    [(t, "CELL", c) for t, c in CELLS]
    + [(t, "MECHANISM", c) for t, c in MECHANISMS]
    + [(t, "THERAPY", c) for t, c in THERAPIES],
)
def test_grounds(lexicon: Lexicon, text: str, type: str, curie: str) -> None:
    found = lexicon.ground(text, type)
    assert found is not None, f"{text} has no identifier"
    assert found.curie == curie
    assert found.name
    assert found.source.startswith("lexicon:")
    assert 0 < found.score <= 1


@pytest.mark.parametrize(("text", "type"), NOTHING)
def test_what_is_not_known_has_no_identifier(lexicon: Lexicon, text: str, type: str) -> None:
    assert lexicon.ground(text, type) is None


def test_a_cell_is_no_therapy_target_of_its_own_part(lexicon: Lexicon) -> None:
    found = lexicon.ground("T and B cells", "CELL")
    assert found is None or found.curie not in ("CL:0000236", "CL:0000084")


def test_each_step_leaves_its_name(lexicon: Lexicon) -> None:
    def source(text: str, type: str, **more: object) -> str:
        found = lexicon.ground(text, type, **more)  # type: ignore[arg-type]
        assert found is not None
        return found.source

    assert source("apoptosis", "MECHANISM") == "lexicon:exact"
    assert source("Kupffer-cells", "CELL") == "lexicon:normal"
    assert source("QQCs", "CELL", long_form="Kupffer cells") == "lexicon:abbreviation"
    assert source("HSCs", "CELL", context=frozenset({"liver"})) == "lexicon:context"
    assert source("CSF1R inhibition", "THERAPY") == "lexicon:composed"
    assert source("intratumoral CCR8+ Tregs", "CELL") == "lexicon:head"


def test_a_head_is_marked_as_narrower_and_scores_less(lexicon: Lexicon) -> None:
    whole = lexicon.ground("Tregs", "CELL")
    head = lexicon.ground("intratumoral CCR8+ Tregs", "CELL")
    assert whole and head
    assert not whole.narrower
    assert head.narrower
    assert head.score < whole.score


@pytest.mark.parametrize(
    ("text", "type", "context", "curie"),
    [
        ("HSCs", "CELL", {"hepatic", "fibrosis", "collagen"}, "CL:0000632"),
        ("HSC", "CELL", {"bone", "marrow", "leukemia"}, "CL:0000037"),
        ("HSC", "CELL", set(), None),
        ("activated HSCs", "CELL", {"liver"}, "CL:0000632"),
        ("NK", "CELL", set(), "CL:0000623"),
        ("DCs", "CELL", set(), "CL:0000451"),
        ("KC", "CELL", {"skin", "psoriasis"}, "CL:0000312"),
        ("AML", "DISEASE", set(), "MONDO:0018874"),
        ("MM", "DISEASE", {"bortezomib", "plasma"}, "MONDO:0009693"),
        ("NET", "MECHANISM", {"neutrophils", "histones"}, "GO:0140645"),
        ("ICI", "THERAPY", set(), "MESH:D000082082"),
    ],
)
def test_short_forms_are_decided_by_the_document(
    lexicon: Lexicon, text: str, type: str, context: set[str], curie: str | None
) -> None:
    found = lexicon.ground(text, type, context=frozenset(context))
    assert (found and found.curie) == curie


def test_the_documents_own_long_form_goes_first(lexicon: Lexicon) -> None:
    found = lexicon.ground("AM", "THERAPY", long_form="doxorubicin")
    assert found and found.curie == "CHEBI:28748"
    assert lexicon.ground("HSC", "CELL", long_form="hematopoietic stem cell").curie == "CL:0000037"  # type: ignore[union-attr]
    # A long form that names nothing we know: the abbreviation is somebody else's.
    assert lexicon.ground("TA", "THERAPY", long_form="tomentosolic frobnicate") is None


@pytest.mark.parametrize(
    ("text", "type", "longs", "curie", "source"),
    [
        ("BQa cells", "CELL", {"BQa": "breast cancer"}, "CL:0001064", "lexicon:abbreviation:broader"),
        ("Prx2+/+ DMSQs", "CELL", {"DMSQ": "dermal mesenchymal stem cell"}, "CL:0000134", None),
        ("HQV infection", "MECHANISM", {"HQV": "hepatitis B virus"}, "MONDO:0005344", "lexicon:abbreviation"),
        # What is known in full stays so, whatever a part of it is short for.
        (
            "CSF1R inhibition",
            "THERAPY",
            {"CSF": "cerebrospinal fluid"},
            "KUPFFER:inhibition.HGNC_2433",
            "lexicon:composed",
        ),
        ("PD-1 blockade", "THERAPY", {"PD": "Parkinson disease"}, None, "lexicon:composed"),
        ("QQX cells", "CELL", {"QQX": "tomentosolic frobnicate"}, None, None),
    ],
)
def test_abbreviations_inside_a_text_are_what_the_document_says(
    lexicon: Lexicon, text: str, type: str, longs: dict[str, str], curie: str | None, source: str | None
) -> None:
    found = lexicon.ground(text, type, in_full=spelled_out(text, longs))
    if source is None and curie is None:
        assert found is None
        return
    assert found is not None
    assert curie in (None, found.curie)
    assert source in (None, found.source)


@given(
    st.text(max_size=30), st.dictionaries(st.text(min_size=1, max_size=4), st.text(max_size=9), max_size=4)
)
def test_only_whole_abbreviations_are_spelled_out(text: str, longs: dict[str, str]) -> None:
    out = spelled_out(text, longs)
    assert out != text
    if not any(short in text for short in longs):
        assert out is None


def test_lookup_lists_candidates_best_first(lexicon: Lexicon) -> None:
    found = lexicon.lookup("Kupffer cells")
    assert found[0].curie == "CL:0000091"
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert lexicon.lookup("no such thing at all") == []
    assert lexicon.lookup("Kupffer cells", "GENE") == []


@pytest.mark.parametrize(
    ("text", "type", "curie"),
    [
        ("myeloidderived suppressor cells", "CELL", "CL:0000889"),
        ("myleoid-derived suppressor cells", "CELL", "CL:0000889"),
        ("intestinal Tcells", "CELL", "CL:0000084"),
        ("MTT cell", "CELL", None),
        ("innate and acquired immune responses", "MECHANISM", "GO:0006955"),
        ("apoptosis and migration", "MECHANISM", None),
        ("development of asthma", "MECHANISM", "MONDO:0004979"),
        ("proliferating cell nuclear antigen", "MECHANISM", None),
        ("mitochondrial apoptotic pathway", "MECHANISM", "GO:0006915"),
        ("Premature Doxorubicin Release", "MECHANISM", "MESH:D065546"),
        ("activating transcription factor 4", "GENE", None),
        ("pulmonary IFD", "DISEASE", None),
        ("formosanin C", "THERAPY", "MESH:C067584"),
        ("dual blockade of PD-1 and CTLA-4", "THERAPY", "KUPFFER:inhibition.HGNC_2505+HGNC_8760"),
        ("LPS stimulation", "THERAPY", "MESH:D008070"),
        ("TLR9 stimulation", "THERAPY", "KUPFFER:activation.HGNC_15633"),
        ("HER2 vaccine", "THERAPY", "KUPFFER:vaccine.HGNC_3430"),
        ("nitric oxide synthase inhibitor", "THERAPY", "KUPFFER:inhibition.MESH_D019001"),
        ("soft tissue inhibitor", "THERAPY", None),
        ("MiR-1246 inhibitor", "THERAPY", "KUPFFER:inhibition.HGNC_35312"),
        ("NLRP3 inflammasome inhibition", "THERAPY", "KUPFFER:inhibition.HGNC_16400"),
        ("treatment with exosomes from stem cells", "THERAPY", "MESH:D055354"),
        ("geranylgeranyl pyrophosphate", "THERAPY", "MESH:C002963"),
        ("immunosuppressive", "THERAPY", "MESH:D007166"),
        (
            "radiotherapy plus anti-PD-1",
            "THERAPY",
            "KUPFFER:combination.MESH_D011878+inhibition.HGNC_8760",
        ),
    ],
)
def test_what_readers_found_wrong_or_missing(
    lexicon: Lexicon, text: str, type: str, curie: str | None
) -> None:
    found = lexicon.ground(text, type)
    assert (found and found.curie) == curie


def test_a_broader_name_is_told_by_its_step(lexicon: Lexicon) -> None:
    found = lexicon.ground("bone marrow-derived macrophages", "CELL")
    assert found and found.narrower and found.source.endswith(":broader")
