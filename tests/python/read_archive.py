"""Reads an archive with the tools of others, and prints what they find as JSON.

    read_archive.py ARCHIVE
"""

import json
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet
from warcio.archiveiterator import ArchiveIterator


def warc_records(path):
    """Every record of a WARC file, as warcio reads it; what it calls malformed is an error."""
    with open(path, "rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            head = record.rec_headers
            answer = record.http_headers
            yield {
                "version": head.protocol,
                "headers": {name.lower(): value for name, value in head.headers},
                "together": [v for n, v in head.headers if n.lower() == "warc-concurrent-to"],
                "status": answer.get_statuscode() if answer else None,
                "answer": dict(answer.headers) if answer else None,
                "content": record.content_stream().read().hex(),
            }


def rows_of(table):
    return [dict(zip(table.columns, row)) for row in table.fetchall()]


def main(archive):
    warcs = sorted(archive.glob("raw/**/*.warc.gz"))
    tables = sorted(archive.glob("records/parquet/**/*.parquet"))
    found = {
        "warcs": {str(path): list(warc_records(path)) for path in warcs},
        "pyarrow": [
            row
            for path in tables
            # Each file by itself: what its path says of it is not a column here.
            for row in pyarrow.parquet.ParquetFile(path).read().to_pylist()
        ],
        "duckdb": rows_of(
            duckdb.sql(
                f"select * from read_parquet('{archive}/records/parquet/**/*.parquet', "
                "hive_partitioning = true) order by story, version"
            )
        ),
        "lines": rows_of(
            duckdb.sql(
                f"select \"at\", key from read_ndjson('{archive}/records/ndjson/**/*.ndjson.zst', "
                "compression = 'zstd') order by \"at\""
            )
        ),
    }
    print(json.dumps(found, default=str))


main(Path(sys.argv[1]))
