"""Exports: the tables in the forms that others read, and a curator's sheet taken back.

    with open_outputs("outputs") as tables:
        FORMATS["csv"].write(Source(tables, Choice()), Path("sheet.csv"))    # rows written, by kind
    add_corrections(Path("outputs"), read_sheet(Path("sheet.csv")).rows)     # kept beside the tables, run after run

``formats`` lists the formats: adding one is a module with one function, and one entry there. ``choice`` says which
rows go out, ``source`` joins them with their papers and their claims, ``files`` writes whole files and folders.
``sheet`` writes CSV, ``corrections`` reads it back, ``licenses`` knows whose sentences may be passed on.

Importing this package imports none of it, so that the command line starts quickly.
"""
