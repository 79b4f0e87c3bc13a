//! Packed bodies: gzip is known by its first bytes, whatever the headers said.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::{FormatError, Limits};

/// What gzip begins with.
pub const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];
/// Layers of gzip that are taken off; some servers pack what was packed already.
const MAX_LAYERS: usize = 2;
/// Small documents may be packed as well as they like.
const RATIO_FREE_BYTES: usize = 1024 * 1024;

/// The bytes, unpacked where they are gzip.
///
/// # Errors
/// `OverLimit` where the unpacked bytes pass a limit, `Damaged` where the packing is broken from
/// the start. A stream that merely ends too early gives what could be unpacked.
pub fn inflate_if_gzip<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, FormatError> {
    let mut unpacked = Cow::Borrowed(bytes);
    for _ in 0..MAX_LAYERS {
        if !unpacked.starts_with(&GZIP_MAGIC) {
            break;
        }
        unpacked = Cow::Owned(inflate(&unpacked, limits)?);
    }
    limits.check_bytes(unpacked.len())?;
    Ok(unpacked)
}

fn inflate(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, FormatError> {
    read_within(&mut MultiGzDecoder::new(packed), packed.len(), limits)
}

/// Reads what `packed_bytes` of packed bytes unpack to. A stream that merely ends too early gives
/// what could be unpacked.
pub fn read_within(
    reader: &mut dyn Read,
    packed_bytes: usize,
    limits: &Limits,
) -> Result<Vec<u8>, FormatError> {
    let by_ratio =
        RATIO_FREE_BYTES.saturating_add(packed_bytes.saturating_mul(limits.inflate_ratio));
    let cap = limits.document_bytes.min(by_ratio);
    let mut unpacked = Vec::new();
    let outcome = reader.take(cap as u64 + 1).read_to_end(&mut unpacked);
    if unpacked.len() > cap {
        return Err(FormatError::OverLimit {
            what: "bytes after unpacking",
            limit: cap as u64,
            found: unpacked.len() as u64,
        });
    }
    match outcome {
        Err(error) if unpacked.is_empty() => Err(FormatError::Damaged {
            format: "packed",
            detail: error.to_string(),
        }),
        _ => Ok(unpacked),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn gzip_inside_gzip_is_unpacked() {
        let packed = pack(&pack(b"<rss/>"));
        assert_eq!(
            &*inflate_if_gzip(&packed, &Limits::default()).unwrap(),
            b"<rss/>"
        );
    }

    #[test]
    fn a_bomb_is_refused_by_its_ratio() {
        let packed = pack(&vec![b'a'; 8 * 1024 * 1024]);
        let limits = Limits {
            inflate_ratio: 10,
            ..Limits::default()
        };
        let error = inflate_if_gzip(&packed, &limits).unwrap_err();
        assert!(matches!(
            error,
            FormatError::OverLimit {
                what: "bytes after unpacking",
                ..
            }
        ));
    }

    #[test]
    fn a_stream_cut_short_gives_what_it_holds() {
        let noise: Vec<u8> = (0..40_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let packed = pack(&noise);
        let got = inflate_if_gzip(&packed[..packed.len() / 2], &Limits::default()).unwrap();
        assert!(!got.is_empty() && noise.starts_with(&got));
    }
}
