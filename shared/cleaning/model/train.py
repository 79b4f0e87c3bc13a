#!/usr/bin/env python3
"""Trains the body model; see README.md. Needs catboost and numpy."""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter

import numpy as np
from catboost import CatBoostClassifier, Pool

HERE = pathlib.Path(__file__).parent
TABLE = HERE.parents[2] / "target/release/examples/line_table"
TREES, FOLDS, RUN = 250, 4, 4


def words(text):
    return [word.lower() for word in re.findall(r"\w+", text)]


def runs(tokens, length=RUN):
    return Counter(zip(*(tokens[at:] for at in range(length))))


def table(pages, first=None):
    """Lines and features of all pages, through the crate itself."""
    with tempfile.TemporaryDirectory() as folder:
        cells = pathlib.Path(folder) / "cells"
        command = [TABLE, cells]
        if first is not None:
            look = pathlib.Path(folder) / "first"
            look.write_bytes(first.tobytes())
            command.append(look)
        with open(pages, encoding="utf8") as requests:
            done = subprocess.run(command, stdin=requests, stdout=subprocess.PIPE, check=True)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        names = next(record["features"] for record in records if record["features"])
        return records, names, np.fromfile(cells, dtype=np.uint8).reshape(-1, len(names))


def labels(lines, text):
    """1 body, 0 not, -1 neither for sure; and the weight of each line."""
    known = words(text)
    pool = set(runs(known))
    whole = Counter(tuple(words(line)) for line in text.split("\n") if line.strip())
    total = sum(np.sqrt(len(words(line))) for line in text.split("\n")) or 1
    found, weights = [], []
    for line in lines:
        tokens = words(line)
        if tuple(tokens) in whole:
            label = 1
        elif len(tokens) < RUN:
            label = 0
        else:
            windows = runs(tokens)
            share = sum(n for run, n in windows.items() if run in pool) / sum(windows.values())
            label = 1 if share >= 0.6 else 0 if share <= 0.2 else -1
        found.append(label)
        weights.append(max(0.25, min(8, 60 * np.sqrt(len(tokens)) / max(total, 12))))
    # A text that stands more often in the page than in the truth: the surroundings tell which.
    sure = np.array([label == 1 and len(words(line)) >= 8 for label, line in zip(found, lines)], dtype=float)
    near = np.convolve(sure, np.ones(31), "same") if len(lines) else sure
    places = {}
    for at, line in enumerate(lines):
        if found[at] == 1:
            places.setdefault(tuple(words(line)), []).append(at)
    for tokens, where in places.items():
        where.sort(key=lambda at: -near[at])
        for at in where[max(1, whole[tokens]):]:
            found[at] = 0
    return found, weights


def fit(cells, label, weight):
    model = CatBoostClassifier(
        iterations=TREES, depth=6, learning_rate=0.07, l2_leaf_reg=8, border_count=64, rsm=0.4,
        bootstrap_type="Bernoulli", subsample=0.7, boosting_type="Plain", grow_policy="SymmetricTree",
        random_seed=1, verbose=False)
    model.fit(Pool(cells, label, weight=weight))
    return model


def mark(names):
    value = 0x811C9DC5
    for byte in "".join(name + "\n" for name in names).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def export(model, names, path):
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder) / "model.json"
        model.save_model(str(whole), format="json")
        parts = json.loads(whole.read_text())
    scale, bias = parts["scale_and_bias"]
    bias = bias[0] if isinstance(bias, list) else bias
    places = {one["feature_index"]: one["flat_feature_index"] for one in parts["features_info"]["float_features"]}
    with open(path, "w", encoding="utf8") as out:
        out.write(f"# features {mark(names)}\n# Trained; see README.md.\nbias: {round(bias * 1000)}\n")
        for tree in parts["oblivious_trees"]:
            asked = " ".join(f"{places[one['float_feature_index']]}>{int(one['border'])}" for one in tree["splits"] or [])
            leaves = " ".join(str(round(value * scale * 1000)) for value in tree["leaf_values"])
            out.write(f"{asked}: {leaves}\n")


def main(pages, truth):
    with open(truth, encoding="utf8") as lines:
        known = {record["id"]: record for record in map(json.loads, lines)}
    records, names, cells = table(pages)
    label, weight, host = [], [], []
    for record in records:
        page = known[record["id"]]
        found, weights = labels(record["texts"], page["text"])
        label += found
        weight += weights
        host += [page["host"]] * len(found)
    label, weight = np.array(label), np.array(weight)
    cues = [at for at, name in enumerate(names) if name.startswith("cue ") and name != "cue reader"]
    has_cue = (cells[:, cues] > 0).any(axis=1)
    weight = weight * np.where(label == 1, 1.25, 1) * np.where((label == 1) & has_cue, 1.5, 1)
    hosts = sorted(set(host))
    random.Random(7).shuffle(hosts)
    fold = np.array([{name: at % FOLDS for at, name in enumerate(hosts)}[name] for name in host])
    usable = label >= 0
    first = np.zeros(len(cells))
    for part in range(FOLDS):
        model = fit(cells[usable & (fold != part)], label[usable & (fold != part)], weight[usable & (fold != part)])
        first[fold == part] = model.predict_proba(cells[fold == part])[:, 1]
    export(fit(cells[usable], label[usable], weight[usable]), names, HERE / "first.txt")
    look = np.clip(np.round(first * 250), 0, 250).astype(np.uint8)
    _, names, cells = table(pages, look)
    export(fit(cells[usable], label[usable], weight[usable]), names, HERE / "second.txt")


if __name__ == "__main__":
    main(*sys.argv[1:])
