"""Cleans all pages of a file of requests for each line that comes in; writes the seconds."""
import gzip
import json
import sys
import time

import trafilatura


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data.decode("utf8", "replace")


with open(sys.argv[1], encoding="utf8") as requests:
    pages = [read(json.loads(line)["path"]) for line in requests]

for _ in sys.stdin:
    start = time.perf_counter()
    for page in pages:
        trafilatura.extract(page)
    print(time.perf_counter() - start, flush=True)
