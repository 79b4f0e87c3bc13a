"""Writes a crawl of news as warcio writes it: answers packed, in chunks, both and neither, with the
records that crawlers put around them.

    write_warc.py FILE
"""

import gzip
import sys
import zlib
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>Port Alder Post</title><link>https://post.example/</link>
<item><guid isPermaLink="false">wall-1</guid><title>Sea wall</title><description>The council of
Port Alder put off its vote on the new sea wall until the end of the month.</description></item>
</channel></rss>"""


def page(title, text):
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><nav><a href="/">'
        f"Home</a></nav><article><h1>{title}</h1><p>{text}</p><p>Nobody was hurt, the harbour master "
        "said on Sunday, and the ferry will be back in service within a week.</p></article></body>"
        "</html>"
    ).encode()


def chunked(body):
    pieces = [body[at : at + 61] for at in range(0, len(body), 61)]
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


def main(path):
    with open(path, "wb") as out:
        writer = WARCWriter(out, gzip=True)

        def write(kind, url, date, head, body):
            record = writer.create_warc_record(
                url,
                kind,
                payload=BytesIO(body),
                http_headers=head,
                warc_headers_dict={"WARC-Date": date},
            )
            writer.write_record(record)

        def answer(url, date, body, headers, media_type="text/html; charset=utf-8", status="200 OK"):
            fields = [("Content-Type", media_type), *headers]
            head = StatusAndHeaders(status, fields, protocol="HTTP/1.1")
            write("response", url, date, head, body)

        writer.write_record(writer.create_warcinfo_record("news.warc.gz", {"software": "warcio"}))
        ask = StatusAndHeaders("GET /bridge HTTP/1.1", [("Host", "post.example")], is_http_request=True)
        write("request", "https://post.example/bridge", "2019-05-01T06:00:00Z", ask, b"")
        bridge = page("Bridge opens", "The new bridge over the Alder opened after years of work.")
        answer(
            "https://post.example/bridge",
            "2019-05-01T06:00:00Z",
            chunked(gzip.compress(bridge)),
            [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
        )
        answer(
            "https://post.example/tide",
            "2019-05-01T06:10:00Z",
            page("High tide", "The tide stood higher than in any year since the harbour was built."),
            [],
        )
        answer(
            "https://post.example/pier",
            "2019-05-01T06:20:00Z",
            chunked(page("Pier shut", "The old pier was shut after a storm took its planks away.")),
            [("Transfer-Encoding", "chunked")],
        )
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS)
        mast = page("Mast falls", "A mast of the training ship fell onto the quay in the night.")
        answer(
            "https://post.example/mast",
            "2019-05-01T06:30:00Z",
            packer.compress(mast) + packer.flush(),
            [("Content-Encoding", "deflate")],
        )
        # The crawler was there again, and nothing had changed.
        again = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_revisit_record(
                "https://post.example/tide",
                digest="sha1:B6QJ6BNJ3R4B23XXMRKZKHLPGJY2VE4O",
                refers_to_uri="https://post.example/tide",
                refers_to_date="2019-05-01T06:10:00Z",
                http_headers=again,
                warc_headers_dict={"WARC-Date": "2019-05-02T06:10:00Z"},
            )
        )
        answer(
            "https://post.example/feed",
            "2019-05-01T07:00:00Z",
            gzip.compress(FEED.encode()),
            [("Content-Encoding", "gzip")],
            media_type="application/rss+xml",
        )
        write("metadata", "https://post.example/feed", "2019-05-01T07:00:00Z", None, b"via: post\r\n")


main(sys.argv[1])
