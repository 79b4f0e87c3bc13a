#!/usr/bin/env python3
"""Trains the body model; see README.md. Needs catboost and numpy.

train.py PAGES TRUTH [MEASURED]: writes first.txt and second.txt beside this file. With a folder
MEASURED, the models that have seen no page of a part of the hosts go there too, for measuring.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import numpy as np
from catboost import CatBoostClassifier, Pool

HERE = pathlib.Path(__file__).parent
TABLE = HERE.parents[2] / "target/release/examples/line_table"
TREES, RATE, FOLDS, RUN = 250, 0.07, 4, 4
# One training depends on chance; the mean of some depends on it less.
SEEDS = (1, 2, 3)
# Pages of news count twice: that is what the model is for.
SOURCES = {"aeb": 2.0, "fundus": 2.0}
# Boilerplate of these classes must not stay inside a body.
TARGETS = {"ad", "correction", "copyright", "newsletter", "paywall", "follow", "share", "related", "linkline"}
# The nearer to such an element, the less likely body. What a few pages say otherwise is theirs alone.
AWAY_FROM = [
    "comment", "sidebar", "<aside>", "nav", "<nav>", "footer", "<footer>", "related", "popular", "ad",
    "newsletter", "share", "follow", "promo", "consent", "overlay", "paywall"]
RISES_WITH = [f"near {name}" for name in AWAY_FROM]
# Lines this far from the body teach little: of each page, so many of them are looked at.
FAR_LINES, FAR_KEPT = 25, 60
# What lies outside weighs as much as this at the most, so that a page of many lines counts as one page.
OUTSIDE_WEIGHT = 250.0


def words(text):
    return [word.lower() for word in re.findall(r"\w+", text)]


def folded(text):
    return " ".join(text.split())


def runs(tokens, length=RUN):
    return Counter(zip(*(tokens[at:] for at in range(length))))


def host_of(page):
    return (page.get("host") or page["id"]).removeprefix("www.")


def chain(tokens):
    return "".join(f" {token} " for token in tokens)


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


def snippet_labels(lines, page):
    """Where only snippets are known: lines that hold a wanted one, and lines that hold an unwanted one."""
    wanted, unwanted = ([folded(text) for text in page.get(key) or ()] for key in ("with", "without"))
    found = []
    for line in map(folded, lines):
        is_in = any(text in line or len(line) > 40 and line in text for text in wanted)
        is_out = any(text in line or len(line) > 15 and line in text for text in unwanted)
        found.append(-1 if len(line) < 8 or is_in == is_out else int(is_in))
    return np.array(found, dtype=int), np.array([10.0 if label >= 0 else 0.0 for label in found])


def labels(lines, page):
    """1 body, 0 not, -1 neither for sure; and the weight of each line."""
    if not page.get("text"):
        return snippet_labels(lines, page)
    text = page["text"]
    known = words(text)
    pool, whole = set(runs(known)), chain(known)
    truth_lines = {tuple(words(line)) for line in text.split("\n")}
    noise = {tuple(words(line)) for line in page.get("noise") or ()}
    tokens = [tuple(words(line)) for line in lines]
    found = np.full(len(lines), -1)
    short = np.zeros(len(lines), dtype=bool)
    for at, line in enumerate(tokens):
        if not line:
            continue
        if line in noise:
            found[at] = 0
        elif line in truth_lines:
            found[at] = 1
        elif len(line) < RUN:
            # Part of a line of the truth, or the same word somewhere else: the surroundings tell.
            short[at] = chain(line) in whole
            found[at] = int(short[at])
        else:
            windows = runs(line)
            share = sum(n for run, n in windows.items() if run in pool) / sum(windows.values())
            found[at] = 1 if share >= 0.6 else 0 if share <= 0.2 else -1
    settle(found, short, tokens, whole)
    return found, weights(found, tokens, page)


def settle(found, short, tokens, whole):
    """A text that stands more often in the page than in the truth, and short lines: by what is near."""
    sure = np.array([label == 1 and len(line) >= 8 for label, line in zip(found, tokens)], dtype=float)
    near = np.convolve(sure, np.ones(31), "full")[15:15 + len(sure)] if len(sure) else sure
    places = defaultdict(list)
    for at in np.flatnonzero(found == 1):
        places[tokens[at]].append(at)
    for line, where in places.items():
        where.sort(key=lambda at: -near[at])
        found[where[max(1, whole.count(chain(line))):]] = 0
    for at in np.flatnonzero((found == 1) & short):
        found[at] = 1 if near[at] >= 3 else 0 if near[at] == 0 else -1
    if sure.any():
        found[(found == 1) & (near == 0) & np.array([len(line) < RUN for line in tokens])] = 0


def weights(found, tokens, page):
    """By the root of the length within the page; what lies outside together no more than its limit."""
    source = SOURCES.get(page.get("source"), 1.0)
    total = sum(np.sqrt(len(words(line))) for line in page["text"].split("\n")) or 1
    weight = np.array([min(8, 60 * np.sqrt(len(line)) / max(total, 12)) * source for line in tokens])
    weight = np.maximum(weight, 0.25)
    body = np.flatnonzero(found == 1)
    outside = found == 0
    if len(body):
        far = outside.copy()
        for at in body:
            far[max(0, at - FAR_LINES):at + FAR_LINES + 1] = False
        far = np.flatnonzero(far)
        if len(far) > FAR_KEPT:
            kept = random.Random(7).sample(list(far), FAR_KEPT)
            weight[kept] *= len(far) / FAR_KEPT
            weight[np.setdiff1d(far, kept)] = 0
    weighs = weight[outside].sum()
    weight[outside] *= min(1, OUTSIDE_WEIGHT * source / max(weighs, 1))
    targets = {tuple(words(one["t"])) for one in page.get("boiler") or () if one["where"] == "in" and one["cls"] in TARGETS}
    for at in np.flatnonzero(outside):
        if tokens[at] in targets:
            weight[at] = max(weight[at], 2 * source)
    return weight


def fit(cells, names, label, weight, rows):
    """A model of these rows for each seed."""
    rows = rows & (label >= 0) & (weight > 0)
    pool = Pool(cells[rows], label[rows], weight=weight[rows])
    return [classifier(names, seed).fit(pool) for seed in SEEDS]


def classifier(names, seed):
    return CatBoostClassifier(
        iterations=TREES, depth=6, learning_rate=RATE, l2_leaf_reg=8, border_count=64, rsm=0.4,
        bootstrap_type="Bernoulli", subsample=0.7, boosting_type="Plain", grow_policy="SymmetricTree",
        monotone_constraints={at: 1 for at, name in enumerate(names) if name in RISES_WITH},
        random_seed=seed, verbose=False)


def said_by(models, cells):
    """Probability of each row by the mean of the models' log odds."""
    odds = np.mean([model.predict(cells, prediction_type="RawFormulaVal") for model in models], axis=0)
    return 1 / (1 + np.exp(-odds))


def mark(names):
    value = 0x811C9DC5
    for byte in "".join(name + "\n" for name in names).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def parts_of(model):
    """Bias and trees of one model: the questions of each tree, and its leaves in log odds."""
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder) / "model.json"
        model.save_model(str(whole), format="json")
        parts = json.loads(whole.read_text())
    scale, bias = parts["scale_and_bias"]
    places = {one["feature_index"]: one["flat_feature_index"] for one in parts["features_info"]["float_features"]}
    trees = []
    for tree in parts["oblivious_trees"]:
        asked = [f"{places[one['float_feature_index']]}>{int(one['border'])}" for one in tree["splits"] or []]
        trees.append((" ".join(asked), np.array(tree["leaf_values"]) * scale))
    return bias[0] if isinstance(bias, list) else bias, trees


def export(models, names, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf8") as out:
        out.write(f"# features {mark(names)}\n# Trained; see README.md.\n")
        for bias, trees in map(parts_of, models):
            out.write(f"bias: {round(bias * 1000)}\n")
            for asked, leaves in trees:
                out.write(f"{asked}: {' '.join(str(round(leaf * 1000)) for leaf in leaves)}\n")


def look(name, cells, names, label, weight, fold, measured):
    """Trains one look on all pages; what models that have not seen the page's host say of each line."""
    said = np.zeros(len(cells))
    for part in range(FOLDS if measured or name == "first" else 0):
        models = fit(cells, names, label, weight, fold != part)
        said[fold == part] = said_by(models, cells[fold == part])
        if measured:
            export(models, names, measured / f"fold{part}" / f"{name}.txt")
    export(fit(cells, names, label, weight, fold >= 0), names, HERE / f"{name}.txt")
    return np.clip(np.round(said * 250), 0, 250).astype(np.uint8)


def main(pages, truth, measured=None):
    measured = measured and pathlib.Path(measured)
    with open(truth, encoding="utf8") as lines:
        known = {record["id"]: record for record in map(json.loads, lines)}
    records, names, cells = table(pages)
    found = [labels(record["texts"], known[record["id"]]) for record in records]
    label = np.concatenate([one for one, _ in found])
    weight = np.concatenate([one for _, one in found])
    host = [host_of(known[record["id"]]) for record in records for _ in record["texts"]]
    # Readers differ on whether a quoted post belongs to the text; it stays.
    quoted = (cells[:, names.index("near embed")] <= 6) & (cells[:, names.index("near <blockquote>")] <= 6)
    label[quoted & (label == 0)] = -1
    # Look-alikes must stay.
    cues = [at for at, name in enumerate(names) if name.startswith("cue ") and name != "cue reader"]
    has_cue = (cells[:, cues] > 0).any(axis=1)
    weight = weight * np.where(label == 1, 1.25, 1) * np.where((label == 1) & has_cue, 1.5, 1)
    hosts = sorted(set(host))
    random.Random(7).shuffle(hosts)
    part_of = {name: at % FOLDS for at, name in enumerate(hosts)}
    fold = np.array([part_of[name] for name in host])
    if measured:
        measured.mkdir(parents=True, exist_ok=True)
        folds = {record["id"]: part_of.get(host_of(known[record["id"]]), 0) for record in records}
        (measured / "folds.json").write_text(json.dumps(folds))
    first = look("first", cells, names, label, weight, fold, measured)
    _, names, cells = table(pages, first)
    look("second", cells, names, label, weight, fold, measured)


if __name__ == "__main__":
    main(*sys.argv[1:])
