#!/usr/bin/env python3
"""Cleans each page with the model that has seen no page of its host; see README.md.

measure.py PAGES MEASURED: takes the models that train.py left in the folder MEASURED, and writes a JSON
object a page with its id and its text.
"""
import json
import pathlib
import subprocess
import sys

CLEAN = pathlib.Path(__file__).parents[3] / "target/release/examples/clean_jsonl"


def main(pages, measured):
    measured = pathlib.Path(measured)
    folds = json.loads((measured / "folds.json").read_text())
    with open(pages, encoding="utf8") as requests:
        lines = requests.readlines()
    for part in sorted(set(folds.values())):
        mine = "".join(line for line in lines if folds[json.loads(line)["id"]] == part)
        command = [CLEAN, "--model", measured / f"fold{part}"]
        subprocess.run(command, input=mine.encode(), check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
