//! The body of an answer, unpacked within limits: of its bytes, and of how much larger it may
//! become by being unpacked.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::futures::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use futures::TryStreamExt as _;
use futures::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;

/// What can be unpacked, as servers are told.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";
/// Unpackings of one body, one inside the other.
const MOST_LAYERS: usize = 3;
/// Bytes read at once.
const PIECE_BYTES: usize = 16 * 1024;
/// Bytes up to which a body may be as dense as it likes: small ones of all zeros are harmless.
const ANY_RATIO_BYTES: u64 = 1024 * 1024;
/// Largest window of a zstd frame, as a power of two: what RFC 9659 allows on the web.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Bounds of one body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes after unpacking.
    pub bytes: usize,
    /// How many times larger it may be than what was sent.
    pub ratio: u64,
}

/// Why a body was not taken.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Over the limit of bytes.
    TooLarge,
    /// Over the limit of the ratio.
    TooDense,
    /// It ended, or could not be received, after so many bytes.
    Broken {
        received_bytes: u64,
        error: reqwest::Error,
    },
    /// Packed in a way that cannot be undone.
    Packed { encoding: String, detail: String },
}

type Packed = Pin<Box<dyn AsyncBufRead + Send>>;

/// Reads the body of an answer to its end, or to its bounds.
pub(crate) async fn read(response: Response, bounds: Bounds) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > bounds.bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    let encodings = encodings_of(&response)?;
    let encoding = encodings.join(", ");
    let received = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&received);
    let pieces = response.bytes_stream().inspect_ok(move |piece| {
        counter.fetch_add(piece.len() as u64, Ordering::Relaxed);
    });
    let mut body: Packed = Box::pin(pieces.map_err(std::io::Error::other).into_async_read());
    let fail = |error| failure(error, &encoding, received.load(Ordering::Relaxed));
    for encoding in encodings.iter().rev() {
        body = unpacked(body, encoding).await.map_err(&fail)?;
    }
    let mut taken = Vec::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let bytes = body.read(&mut piece).await.map_err(&fail)?;
        if bytes == 0 {
            return Ok(taken);
        }
        let whole = (taken.len() + bytes) as u64;
        if whole > bounds.bytes as u64 {
            return Err(BodyError::TooLarge);
        }
        let most = received
            .load(Ordering::Relaxed)
            .saturating_mul(bounds.ratio);
        if whole > ANY_RATIO_BYTES.max(most) {
            return Err(BodyError::TooDense);
        }
        taken.extend_from_slice(&piece[..bytes]);
    }
}

/// The encodings of a body, in the order in which they were applied.
fn encodings_of(response: &Response) -> Result<Vec<String>, BodyError> {
    let mut encodings = Vec::new();
    for value in response.headers().get_all(CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        let names = value.split(',').map(str::trim);
        encodings.extend(
            names
                .filter(|name| !is_no_encoding(name))
                .map(str::to_owned),
        );
    }
    if encodings.len() > MOST_LAYERS {
        return Err(BodyError::Packed {
            detail: format!("{} encodings, one inside the other", encodings.len()),
            encoding: encodings[..MOST_LAYERS].join(", "),
        });
    }
    Ok(encodings)
}

/// What servers write where nothing is packed.
fn is_no_encoding(name: &str) -> bool {
    matches!(name, "" | "identity" | "none" | "binary" | "utf-8" | "utf8")
}

/// Takes one encoding off. A body that shows at once that it has not got it stays as it is.
async fn unpacked(mut body: Packed, encoding: &str) -> std::io::Result<Packed> {
    let start = body.fill_buf().await?;
    if start.is_empty() {
        return Ok(body);
    }
    let is_not = |signature: &[u8]| start.len() >= 2 && !start.starts_with(signature);
    Ok(match encoding {
        "gzip" | "x-gzip" if is_not(&[0x1f, 0x8b]) => body,
        "zstd" if is_not(&[0x28, 0xb5]) => body,
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(body);
            decoder.multiple_members(true);
            buffered(decoder)
        }
        // By RFC 9110 the deflate data is in a zlib frame; some servers leave that out.
        "deflate" if is_zlib(start) => buffered(ZlibDecoder::new(body)),
        "deflate" => buffered(DeflateDecoder::new(body)),
        "br" => buffered(BrotliDecoder::new(body)),
        "zstd" => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(body, &window);
            decoder.multiple_members(true);
            buffered(decoder)
        }
        other => {
            let detail = format!("{other} is not among what was asked for: {ACCEPTED}");
            return Err(std::io::Error::other(detail));
        }
    })
}

fn buffered(decoder: impl AsyncRead + Send + 'static) -> Packed {
    Box::pin(BufReader::new(decoder))
}

/// Whether data begins with the header of a zlib frame (RFC 1950).
fn is_zlib(start: &[u8]) -> bool {
    match start {
        [first, second, ..] => {
            first & 0x0f == 8 && (u16::from(*first) * 256 + u16::from(*second)) % 31 == 0
        }
        _ => true,
    }
}

fn failure(error: std::io::Error, encoding: &str, received_bytes: u64) -> BodyError {
    match error.downcast::<reqwest::Error>() {
        Ok(error) => BodyError::Broken {
            received_bytes,
            error,
        },
        Err(error) => BodyError::Packed {
            encoding: encoding.to_owned(),
            detail: error.to_string(),
        },
    }
}
