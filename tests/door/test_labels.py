"""Labels come in right: which row is of which picture, and what a cell means.

Each row is a situation: what a person has, and what must happen.
"""

from __future__ import annotations

import io
import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.door.folders import Given, column, table

import trasluz as tl
from trasluz.base.errors import DataError
from trasluz.base.progress import SILENT, Progress


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def lines(*records: dict[str, Any]) -> str:
    return table(*(json.dumps(record, ensure_ascii=False) for record in records))


COCO = {
    "images": [{"id": 7, "file_name": "a.png"}, {"id": 8, "file_name": "b.png"}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 3},
        {"id": 2, "image_id": 8, "category_id": 3},
        {"id": 3, "image_id": 8, "category_id": 4},
    ],
    "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "dog"}],
}

JOINED: list[tuple[str, Given, dict[str, Any]]] = [
    (
        "1.1 and 1.10 are two names and not one number",
        Given(["1.1.png", "1.10.png"], {"labels.csv": table("id,label", "1.1,one", "1.10,ten")}),
        {"1.1.png": "one", "1.10.png": "ten"},
    ),
    (
        "007 and 7 are two names where both are there",
        Given(["007.png", "7.png"], {"labels.csv": table("id,label", "007,spy", "7,number")}),
        {"007.png": "spy", "7.png": "number"},
    ),
    (
        "1e3 and 1000 are two names",
        Given(["1e3.png", "1000.png"], {"labels.csv": table("id,label", "1e3,letters", "1000,digits")}),
        {"1e3.png": "letters", "1000.png": "digits"},
    ),
    (
        "a number finds the name that is that number with zeros before it",
        Given(["001.png", "002.png", "010.png"], {"labels.csv": table("id,label", "1,a", "2,b", "10,c")}),
        {"001.png": "a", "002.png": "b", "010.png": "c"},
    ),
    (
        "a number that a spreadsheet made 1.0 is still 1",
        Given(["001.png", "002.png"], {"labels.csv": table("id,label", "1.0,a", "2.0,b")}),
        {"001.png": "a", "002.png": "b"},
    ),
    (
        "PNG and png are one ending",
        Given(["a.png", "b.png"], {"labels.csv": table("file,label", "a.PNG,x", "B.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a picture that was converted keeps its row",
        Given(["a.png", "b.png"], {"labels.csv": table("file,label", "a.jpg,x", "b.jpeg,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a path that begins with the folder's name finds its picture",
        Given(["000.png"], {"labels.csv": table("file,label", "photos/000.png,x")}),
        {"000.png": "x"},
    ),
    (
        "a whole path of another machine finds its picture",
        Given(["cats/0.png", "dogs/0.png"], {"m.csv": table("path,label", r"C:\a\cats\0.png,x", r"C:\a\dogs\0.png,y")}),
        {"cats/0.png": "x", "dogs/0.png": "y"},
    ),
    (
        "./ before a name means nothing",
        Given(["a.png"], {"labels.csv": table("file,label", "./a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "the name alone finds a picture in a sub-folder",
        Given(["in/a.png", "in/b.png"], {"labels.csv": table("file,label", "a.png,x", "b.png,y")}),
        {"in/a.png": "x", "in/b.png": "y"},
    ),
    (
        "ñ written in one sign or in two is one letter",
        Given(["nin\u0303o.png"], {"labels.csv": table("file,label", "ni\u00f1o.png,x")}),
        {"nin\u0303o.png": "x"},
    ),
    (
        "pictures without a row have no label, and the others have theirs",
        Given(["a.png", "b.png", "c.png"], {"labels.csv": table("file,label", "a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "a table of the cats leaves the dogs the label of their folder",
        Given(["cats/0.png", "dogs/0.png"], {"labels.csv": table("file,label", "cats/0.png,siamese")}),
        {"cats/0.png": "siamese", "dogs/0.png": "dogs"},
    ),
    (
        "an empty cell leaves the label of the folder",
        Given(["cats/0.png", "dogs/0.png"], {"labels.csv": table("file,label", "cats/0.png,", "dogs/0.png,rex")}),
        {"cats/0.png": "cats", "dogs/0.png": "rex"},
    ),
    (
        "the same row twice says the same once",
        Given(["a.png", "b.png"], {"labels.csv": table("file,label", "a.png,x", "a.png,x", "b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a column called Image Path names the picture",
        Given(["a.png"], {"labels.csv": table("Image Path,Label", "a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "a column of any name is the key where its cells are the pictures",
        Given(["a.png", "b.png"], {"labels.csv": table("foto,label", "a.png,x", "b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "of id and image the one that names pictures is taken",
        Given(["a.png", "b.png"], {"labels.csv": table("id,image,label", "1,a.png,x", "2,b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "an index that pandas wrote is no column without a name",
        Given(["a.png", "b.png"], {"labels.csv": table(",file,label", "0,a.png,x", "1,b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "an index of pandas that is the name is the key",
        Given(["a.png", "b.png"], {"labels.csv": table(",label", "a.png,x", "b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a table without a first line of names is read",
        Given(["a.png", "b.png"], {"labels.csv": table("a.png,x", "b.png,y")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "metadata.jsonl of Hugging Face is read",
        Given(["a.png", "b.png"], {"metadata.jsonl": lines(*({"file_name": f"{c}.png", "label": c} for c in "ab"))}),
        {"a.png": "a", "b.png": "b"},
    ),
    (
        "metadata in each part names pictures from its own folder",
        Given(
            ["train/a.png", "test/a.png"],
            {
                "train/metadata.jsonl": lines({"file_name": "a.png", "label": "x"}),
                "test/metadata.jsonl": lines({"file_name": "a.png", "label": "y"}),
            },
        ),
        {"train/a.png": "x", "test/a.png": "y"},
    ),
    (
        "dataset.json of StyleGAN is read",
        Given(["00/a.png", "00/b.png"], {"dataset.json": json.dumps({"labels": [["00/a.png", 3], ["00/b.png", 5]]})}),
        {"00/a.png": "3", "00/b.png": "5"},
    ),
    (
        "annotations of COCO are read, and a picture of two kinds has no label",
        Given(["a.png", "b.png"], {"instances.json": json.dumps(COCO)}),
        {"a.png": "cat"},
    ),
    (
        "a list of records is read",
        Given(["a.png"], {"labels.json": json.dumps([{"file": "a.png", "label": "x"}])}),
        {"a.png": "x"},
    ),
    (
        "labels by name are read",
        Given(["a.png", "b.png"], {"labels.json": json.dumps({"a.png": "x", "b.png": "y"})}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a table beside the folder under its name is read",
        Given(["a.png"], {"../photos.tsv": table("file\tlabel", "a.png\tx")}),
        {"a.png": "x"},
    ),
    (
        "labels.csv beside the folder is read where it names its pictures",
        Given(["a.png"], {"../labels.csv": table("file,label", "a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "a table of Parquet that pandas indexed by the name is read",
        Given(["a.png"], {"labels.parquet": parquet(label=["x"], __index_level_0__=["a.png"])}),
        {"a.png": "x"},
    ),
    (
        "a list of CelebA without a first line is read",
        Given(["000001.png", "000002.png"], {"identity_CelebA.txt": table("000001.jpg 2880", "000002.jpg 2937")}),
        {"000001.png": "2880", "000002.png": "2937"},
    ),
    (
        "a table of Excel in Windows' own letters is read",
        Given(["a.png"], {"labels.csv": "file;label\na.png;ni\u00f1o\n".encode("cp1252")}),
        {"a.png": "ni\u00f1o"},
    ),
    (
        "a table of Excel in UTF-16 is read",
        Given(["a.png"], {"labels.csv": "file\tlabel\na.png\tx\n".encode("utf-16")}),
        {"a.png": "x"},
    ),
    (
        "names of files are surer than a count of rows that names more pictures",
        Given(
            ["0.png", "1.png", "2.png", "3.png"],
            {"labels.csv": table(",file,label", "0,3.png,x", "1,2.png,y", "2,9.png,z", "3,8.png,z")},
        ),
        {"3.png": "x", "2.png": "y"},
    ),
    (
        "image_id is surer than an id that names more pictures",
        Given(
            ["0.png", "1.png", "2.png", "3.png"],
            {"labels.csv": table("id,image_id,label", "0,3,x", "1,2,y", "2,9,z", "3,8,z")},
        ),
        {"3.png": "x", "2.png": "y"},
    ),
    (
        "the first row of a table without names is no line of names",
        Given(["001.png", "002.png", "003.png"], {"labels.csv": table("1,cat", "2,dog", "3,cat")}),
        {"001.png": "cat", "002.png": "dog", "003.png": "cat"},
    ),
    (
        "a column called as a picture is no row",
        Given(["cat.png", "dog.png"], {"labels.csv": table("file,cat,label", "cat.png,1,x", "dog.png,0,y")}),
        {"cat.png": "x", "dog.png": "y"},
    ),
    (
        "a table without names whose second cell is the file is read",
        Given(["a.png", "b.png"], {"labels.csv": table("x,a.png", "y,b.png")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "a column ImageID names some of many pictures",
        Given(["1ab.png"], {"labels.csv": table("ImageID,label", "1ab,x", "2ab,y", "3ab,z")}),
        {"1ab.png": "x"},
    ),
    (
        "a column of any name is the key where most pictures have a row in a far longer table",
        Given(["1ab.png"], {"labels.csv": table("bild,label", "1ab.png,x", "2ab.png,y", "3ab.png,z")}),
        {"1ab.png": "x"},
    ),
    (
        "archivo names the picture",
        Given(["a.png"], {"labels.csv": table("archivo;label", "a.png;x", "b.png;y", "c.png;z")}),
        {"a.png": "x"},
    ),
    (
        "empty cells to the right of all others are none",
        Given(["a.png", "b.png"], {"labels.csv": "\ufefffile;label;;\r\na.png;x;;\r\nb.png;y;;\r\n;;;\r\n"}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "rows that end in a comma are read",
        Given(["a.png", "b.png"], {"labels.csv": table("file,label", "a.png,x,", "b.png,y,")}),
        {"a.png": "x", "b.png": "y"},
    ),
    (
        "sep=; of Excel is no line of names",
        Given(["a.png"], {"labels.csv": "sep=;\r\nfile;label\r\na.png;x\r\n"}),
        {"a.png": "x"},
    ),
    (
        "a comment above the names is none",
        Given(["a.png"], {"labels.csv": table("# made by me, in May", "file,label", "a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "names behind a number sign are names",
        Given(["a.png"], {"labels.csv": table("# file,label", "a.png,x")}),
        {"a.png": "x"},
    ),
    (
        "UTF-16 without its mark is read",
        Given(["a.png"], {"labels.csv": "file,label\na.png,x\n".encode("utf-16-le")}),
        {"a.png": "x"},
    ),
    (
        "a separator of lines within a text of JSON Lines ends no line",
        Given(["a.png"], {"metadata.jsonl": lines({"file_name": "a.png", "label": "x\u2028y"})}),
        {"a.png": "x\u2028y"},
    ),
    (
        "half a pair of characters in JSON is no text, and stops nothing",
        Given(["a.png"], {"metadata.jsonl": '{"file_name": "a.png", "label": "x\\ud83d"}\n'}),
        {"a.png": "x?"},
    ),
    (
        "an address finds the file at its end",
        Given(["a b.png"], {"labels.csv": table("image,label", "https://x.org/d/a%20b.png?sig=1,x")}),
        {"a b.png": "x"},
    ),
    (
        "a blank before a name is none",
        Given([" a.png"], {"labels.csv": table("file,label", "a.png,x")}),
        {" a.png": "x"},
    ),
    (
        "of a table of several folders beside this one, the rows of the others name none of its pictures",
        Given(["a.png", "b.png"], {"../labels.csv": table("file,label", "photos/a.png,x", "dogs/b.png,y")}),
        {"a.png": "x"},
    ),
    (
        "a folder that holds all the others is no label",
        Given(["archive/cats/0.png", "archive/dogs/0.png"]),
        {"archive/cats/0.png": "cats", "archive/dogs/0.png": "dogs"},
    ),
    (
        "a folder images is no label",
        Given(["images/0.png", "images/1.png"]),
        {},
    ),
    (
        "a label may be a number, and folders that are not alone are labels whatever they are called",
        Given(["1/0.png", "images/0.png"]),
        {"1/0.png": "1", "images/0.png": "images"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "labels"), [row[1:] for row in JOINED], ids=[row[0] for row in JOINED])
def test_a_row_finds_its_picture(given: Given, labels: dict[str, Any], tmp_path: Path) -> None:
    assert column(given.load(tmp_path), "label") == labels


AMBIGUOUS: list[tuple[str, Given, str]] = [
    (
        "a table that names no picture shows both sides",
        Given(["a.png", "b.png"], {"labels.csv": table("file,label", "u.png,x", "v.png,y")}),
        r"no row .* got file 'u.png', 'v.png', where the pictures are 'a.png', 'b.png'",
    ),
    (
        "a picture with two labels shows both rows",
        Given(["a.png"], {"labels.csv": table("file,label", "a.png,x", "a.png,y")}),
        r"two rows for a.png: got row 1 \('a.png'\) with label 'x', row 2 \('a.png'\) with 'y'",
    ),
    (
        "a picture named twice in two ways of writing shows both rows",
        Given(["a.png"], {"labels.csv": table("file,label", "a.png,x", "A.PNG,y")}),
        r"two rows for a.png: .* row 2 \('A.PNG'\)",
    ),
    (
        "a row that fits two pictures shows both",
        Given(["x/0.png", "y/0.png"], {"labels.csv": table("file,label", "0.png,a")}),
        r"fits 2 pictures: got '0.png', which may be 'x/0.png', 'y/0.png'",
    ),
    (
        "a name without its ending that fits two pictures shows both",
        Given(["a.png", "a.jpg"], {"labels.csv": table("file,label", "a,x")}),
        r"fits 2 pictures: got 'a', which may be 'a.jpg', 'a.png'",
    ),
    (
        "a number that fits two pictures shows both",
        Given(["01.png", "001.png"], {"labels.csv": table("id,label", "1,x")}),
        r"fits 2 pictures: got '1', which may be '001.png', '01.png'",
    ),
    (
        "a name in small letters that fits two pictures shows both",
        Given(["ab.png", "AB.png"], {"labels.csv": table("file,label", "Ab.png,x")}),
        r"fits 2 pictures",
    ),
    (
        "two tables that contradict each other are named",
        Given(["a.png"], {"labels.csv": table("file,label", "a.png,x"), "more.csv": table("file,label", "a.png,y")}),
        r"more.csv and labels.csv say different things of a.png: got label 'y' and 'x'",
    ),
    (
        "labels.csv without a column that names pictures says which would do",
        Given(["a.png"], {"labels.csv": table("colour,size", "red,3")}),
        r"no column that names the pictures: got colour, size; allowed: one of file, file_name",
    ),
    (
        "labels.csv without rows says so",
        Given(["a.png"], {"labels.csv": table("file,label")}),
        r"has no rows",
    ),
    (
        "a row with a cell too many is told by its number",
        Given(["a.png"], {"labels.csv": table("file,label", "a.png,x,y")}),
        r"row 2 has 3 cells; allowed: 2",
    ),
    (
        "two columns of one name are told",
        Given(["a.png"], {"labels.csv": table("file,label,label", "a.png,x,y")}),
        r"two columns of one name",
    ),
    (
        "a damaged line of JSON is told by its number",
        Given(["a.png"], {"metadata.jsonl": '{"file_name": "a.png"}\n{"file_name": \n'}),
        r"not JSON: line 2",
    ),
]


@pytest.mark.parametrize(("given", "says"), [row[1:] for row in AMBIGUOUS], ids=[row[0] for row in AMBIGUOUS])
def test_nothing_is_guessed(given: Given, says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says) as error:
        given.load(tmp_path)
    assert "\n" not in str(error.value)


MEANT: list[tuple[str, str, dict[str, Any], str]] = [
    ("whole numbers with one missing stay whole", "age\n3\nNaN\n5", {"a": 3, "c": 5}, "order"),
    ("NA in a column of numbers is no value", "age\n3.5\nNA\n5", {"a": 3.5, "c": 5.0}, "quantity"),
    ("None in a column of words is a word", "hat\nNone\nred\nblue", {"a": "None", "b": "red", "c": "blue"}, "category"),
    ("numbers written 3.0 are whole", "age\n3.0\n4.0\n5.0", {"a": 3, "b": 4, "c": 5}, "order"),
    ("007 stays a name", "code\n007\n008\n009", {"a": "007", "b": "008", "c": "009"}, "category"),
    ("true and FALSE are truth values", "old\ntrue\nFALSE\n", {"a": True, "b": False}, "category"),
    ("a sign and an exponent belong to numbers", "x\n+1.5\n-2e3\n.5", {"a": 1.5, "b": -2000.0, "c": 0.5}, "quantity"),
    ("dates are dates", "day\n2024-05-01\n2024-06-01\n", {"a": "2024-05-01", "b": "2024-06-01"}, "date"),
    ("a number too large for any scale is text", "x\n1e999\n2\n3", {"a": "1e999", "b": "2", "c": "3"}, "category"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "kind"), [row[1:] for row in MEANT], ids=[row[0] for row in MEANT])
def test_a_cell_means_what_a_person_meant(text: str, values: dict[str, Any], kind: str, tmp_path: Path) -> None:
    name, *cells = text.split("\n")
    rows = table(f"file,{name}", *(f"{one}.png,{cell}" for one, cell in zip("abc", cells, strict=False)))
    data = Given(["a.png", "b.png", "c.png"], {"labels.csv": rows}).load(tmp_path)
    found = column(data, name)
    assert found == {f"{one}.png": value for one, value in values.items()}
    assert {type(value) for value in found.values()} == {type(value) for value in values.values()}
    assert data.typed(name).kind == kind


DAY = "2024-05-31"
HALF_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x0c\x00\x00\x00\x0c\x08\x02\x00\x00\x00"

SAID: list[tuple[str, Given, str]] = [
    (
        "how many pictures have a row, and how many rows have none",
        Given(["1.png", "2.png", "3.png"], {"labels.csv": table("file,label", "1.png,x", "9.png,y")}),
        r"labels.csv: 1 of 3 pictures have a row, by its column file; 2 have none: '2.png', '3.png'; "
        r"1 row names none of them: '9.png'\.",
    ),
    (
        "which way of comparing served",
        Given(["01.png", "b.png"], {"labels.csv": table("id,label", "1,x", "b,y")}),
        r"1 without their endings, 1 by their numbers",
    ),
    (
        "a table that is not used, and why",
        Given(["a.png"], {"results.csv": table("run,loss", "1,2")}),
        r"The table results.csv is not used: it has no column that names the pictures\.",
    ),
    (
        "a workbook that is not read, and what to do",
        Given(["a.png"], {"labels.xlsx": b"PK"}),
        r"labels.xlsx: a workbook, which is not read: save it as CSV",
    ),
    (
        "a column that is left out, and why",
        Given(["a.png"], {"metadata.jsonl": lines({"file_name": "a.png", "box": [1, 2]})}),
        r"The column box holds lists, and is left out",
    ),
    (
        "a column that became text for one cell",
        Given(["a.png", "b.png", "c.png"], {"labels.csv": table("file,age", "a.png,3", "b.png,4", "c.png,old")}),
        r"The column age is text, since 1 of 3 cells is not a number \('old'\)",
    ),
    (
        "a column that would be of dates but for one cell",
        Given(["a.png", "b.png", "c.png"], {"labels.csv": table("file,on", "a.png,2024-05-31", "b.png,2024-06-01 10:20",
                                                                "c.png,last May")}),
        r"The column on is text, since 1 of 3 cells is not a date such as 2024-05-31 \('last May'\)",
    ),
    (
        "the same where cells have types",
        Given(
            ["a.png", "b.png", "c.png"],
            {"metadata.jsonl": lines(*({"file": f"{x}.png", "on": DAY if x < "c" else "soon"} for x in "abc"))},
        ),
        r"The column on is text, since 1 of 3 cells is not a date",
    ),
    (
        "dates that are written in another way",
        Given(["a.png", "b.png"], {"labels.csv": table("file,on", "a.png,31/05/2024", "b.png,01/06/2024")}),
        r"The column on is text, since its dates are not written as 2024-05-31 is \('31/05/2024', '01/06/2024'\)",
    ),
    *(
        (
            f"numbers that are written as {cell}",
            Given(
                ["a.png", "b.png"],
                {"labels.csv": table("file,x", f'a.png,"{cell}"', f'b.png,"{cell.replace("1", "2")}"')},
            ),
            r"The column x is text, since its numbers have other signs with them \('",
        )
        for cell in ("1,200", "$1,250.00", "41 %", "12 cm", "0,13", "1 200", "31°C")
    ),
    (
        "a column of several types that became text",
        Given(["a.png", "b.png"], {"metadata.jsonl": lines({"file": "a.png", "x": 1}, {"file": "b.png", "x": "y"})}),
        r"The column x holds values of several types, and is text",
    ),
    (
        "letters that were guessed",
        Given(["a.png"], {"labels.csv": "file,label\na.png,ni\u00f1o\n".encode("latin-1")}),
        r"not in UTF-8, and was read as Windows-1252",
    ),
    (
        "commas that were read as decimal ones",
        Given(["a.png"], {"labels.csv": table("file;x", "a.png;1,5")}),
        r"The commas of the column x are read as decimal ones",
    ),
    (
        "that files which were counted turned out to be damaged",
        Given(["a.png", "b.png"], {"c.png": HALF_PNG, "labels.csv": table("file,x", "a.png,1", "c.png,2")}),
        r"1 of the 3 pictures counted above could not be read, and is left out \('c.png'\)",
    ),
    (
        "a label that takes the place of the folder's",
        Given(["cats/a.png", "dogs/b.png"], {"labels.csv": table("file,label", "cats/a.png,siamese")}),
        r"its label takes the place of the folder's for 1 item",
    ),
    (
        "captions beside the pictures",
        Given(["a.png", "b.png"], {"a.txt": "a red house"}),
        r"1 of 2 pictures has a file .txt beside it",
    ),
    (
        "a column of numbers that are names of pictures by chance is not taken for their names",
        Given(["000.png", "001.png"], {"stats.csv": table("colour,age", "red,1", "blue,0")}),
        r"The table stats.csv is not used: it has no column that names the pictures\.",
    ),
    (
        "a table of boxes, which has several rows a picture and stops nothing",
        Given(
            ["a.png"],
            {"_annotations.csv": table("filename,class,xmin,ymin,xmax,ymax", "a.png,cat,1,1,2,2", "a.png,dog,3,3,4,4")},
        ),
        r"_annotations.csv is not used: it has several rows for 1 of the 1 pictures that it names: it is of boxes",
    ),
    (
        "a log with several rows for most pictures, which stops nothing",
        Given(["0.png", "1.png", "2.png"], {"log.csv": table("image,loss", *(f"{i % 3}.png,{i}" for i in range(9)))}),
        r"log.csv is not used: it has several rows for 3 of the 3 pictures",
    ),
    (
        "many tables that are not used for one reason, in one line",
        Given(["images/0.png"], {f"json/{i}.json": '{"mood": 3}' for i in range(5)}),
        r"The 5 tables like json/0.json are not used: no row of it names one of the 1 pictures",
    ),
    (
        "captions whose names have the pictures' endings",
        Given(["a.png", "b.png"], {"a.png.txt": "a red house"}),
        r"1 of 2 pictures has a file .txt beside it",
    ),
    (
        "what a file beside a picture says in lists",
        Given(["a.png"], {"a.json": '{"mood": "glad", "shapes": [1]}'}),
        r"shapes of 1 file .json is no single value, and left out",
    ),
    (
        "a folder that holds all the others",
        Given(["archive/cats/0.png", "archive/dogs/0.png"]),
        r"Everything lies in archive: labels and parts are the names of the folders in it",
    ),
    (
        "comments above a table",
        Given(["a.png"], {"labels.csv": table("# mine", "file,label", "a.png,x")}),
        r"1 line of comment above it is left out",
    ),
    (
        "boxes beside the pictures, which are not read",
        Given(["a.png"], {"a.txt": "0 0.5 0.5 0.2 0.3\n1 0.1 0.1 0.2 0.2\n"}),
        r"a.txt: boxes \(YOLO\), which are not read",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_it_is_said(given: Given, says: str, tmp_path: Path) -> None:
    import re

    found = tl.describe_data(given.write(tmp_path), workspace=tmp_path / "w")
    said = [*found["notes"], *(f"{name}: {reason}" for name, reason in found["skipped"])]
    assert any(re.search(says, line) for line in said), said


@pytest.mark.parametrize(
    "cells", [("cat", "dog"), ("2024-05-31", "2024-06-01"), ("007", "012"), ("a1", "b2"), ("x", "")]
)
def test_of_plain_words_codes_and_dates_nothing_is_said(cells: tuple[str, str], tmp_path: Path) -> None:
    table_ = {
        "labels.csv": table("file,x", *(f"{name},{cell}" for name, cell in zip(("a.png", "b.png"), cells, strict=True)))
    }
    found = tl.describe_data(Given(["a.png", "b.png"], table_).write(tmp_path), workspace=tmp_path / "w")
    assert not any("column x" in note for note in found["notes"]), found["notes"]


def test_a_caption_is_of_all_pictures_of_its_name(tmp_path: Path) -> None:
    data = Given(["a.png", "a.jpg", "b.png"], {"a.txt": "a red house"}).load(tmp_path)
    assert column(data, "caption") == {"a.png": "a red house", "a.jpg": "a red house"}


def test_a_caption_whose_name_is_not_utf8_is_read(tmp_path: Path) -> None:
    root = Given(["a.png"]).write(tmp_path)
    odd = os.fsencode(root) + b"/caf\xe9"
    Path(os.fsdecode(odd + b".png")).write_bytes((root / "a.png").read_bytes())
    Path(os.fsdecode(odd + b".txt")).write_text("coffee")
    assert column(tl.load(root, workspace=tmp_path / "w"), "caption") == {"caf\u00e9.png": "coffee"}


def test_a_table_stands_beside_a_link_to_the_folder(tmp_path: Path) -> None:
    real = Given(["a.png"]).write(tmp_path / "elsewhere")
    (tmp_path / "mine").symlink_to(real, target_is_directory=True)
    (tmp_path / "mine.csv").write_text("file,label\na.png,x\n")
    assert column(tl.load(tmp_path / "mine", workspace=tmp_path / "w"), "label") == {"a.png": "x"}


MEANT_BY_PARQUET: list[tuple[str, Any, list[Any]]] = [
    ("a day", pa.array([datetime(2024, 5, 1), None], pa.timestamp("ns")), ["2024-05-01"]),
    ("a decimal number", pa.array([Decimal("1.5"), None]), [1.5]),
    ("a whole number beside none", pa.array([7, None], pa.int64()), [7]),
    ("a category of pandas", pa.array(["x", None]).dictionary_encode(), ["x"]),
]


@pytest.mark.parametrize(("cells", "values"), [r[1:] for r in MEANT_BY_PARQUET], ids=[r[0] for r in MEANT_BY_PARQUET])
def test_a_cell_of_parquet_means_what_it_is(cells: Any, values: list[Any], tmp_path: Path) -> None:
    data = Given(["a.png", "b.png"], {"labels.parquet": parquet(file=["a.png", "b.png"], it=cells)}).load(tmp_path)
    assert list(column(data, "it").values()) == values


def test_the_report_is_there_as_values(tmp_path: Path) -> None:
    given = Given(["1.png", "2.png"], {"labels.csv": table("file,label", "1.png,x", "9.png,y")})
    (report,) = tl.describe_data(given.write(tmp_path), workspace=tmp_path / "w")["tables"]
    assert report["used"]
    assert (report["table"], report["key"]) == ("labels.csv", "file")
    assert (report["items"], report["matched"], report["ways"]) == (2, 1, {"exact": 1})
    assert (report["rows_left"], report["rows_left_first"]) == (1, ["9.png"])
    assert (report["items_without"], report["items_without_first"]) == (1, ["2.png"])


def test_all_is_said_again_before_training(tmp_path: Path) -> None:
    said: list[str] = []

    class Ear(Progress):
        def say(self, text: str) -> None:
            said.append(text)

        def task(self, title: str, total: int) -> Any:
            return SILENT.task(title, total)

    names = [f"{i}.png" for i in range(12)]
    root = Given(names, {"labels.csv": table("file,label", *(f"{name},x" for name in names[:9]))}).write(tmp_path)
    tl.load(root, workspace=tmp_path / "w")
    tl.train(
        "vae", root, name="m", preset="tiny", steps=1, force=True, workspace=tmp_path / "w", device="cpu",
        progress=Ear(), settings={"compute": "float32", "batch": 2, "prior_steps": 2},
    )  # fmt: skip
    assert any("9 of 12 pictures have a row" in line for line in said), said


def test_a_table_of_points_is_joined_to_the_rows_of_an_atlas(tmp_path: Path) -> None:
    """What an export calls a row, a person's own table may call it too."""
    from trasluz.io.tables import read_table
    from trasluz.lab.judging.evidence import join_rows

    (tmp_path / "mine.csv").write_text("point,mood\ntest:1,glad\ntest:0,sad\ntrain:9,odd\n")
    rows = pa.table({"id": ["a", "b", "c"], "index": [4, 7, 9], "split": ["test"] * 3})
    joined = join_rows(read_table(tmp_path / "mine.csv"), rows, ["test:0", "test:1", None])
    assert joined.rows == (1, 0, None)
    assert joined.left == ("train:9",)
