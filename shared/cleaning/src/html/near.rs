//! Finding a byte that mostly stands near: in markup the next quote or bracket is a few bytes away,
//! and a call into a vectorized search costs more than the search.

/// Bytes that are looked at in one number.
const AT_ONCE: usize = 8;

/// Numbers that are looked at before the vectorized search.
const NEAR: usize = 4;

const ONES: u64 = u64::from_le_bytes([1; AT_ONCE]);
const TOPS: u64 = u64::from_le_bytes([0x80; AT_ONCE]);

/// The top bit of each byte of `eight` that is `wanted`. Bytes behind the first that is may be
/// marked as well.
fn marks(eight: u64, wanted: u8) -> u64 {
    let differs = eight ^ (ONES * wanted as u64);
    differs.wrapping_sub(ONES) & !differs & TOPS
}

/// First place from `from` on with a byte of `wanted`; `far` goes on where it is not near.
fn find<const N: usize>(
    bytes: &[u8],
    from: usize,
    wanted: [u8; N],
    far: impl FnOnce(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let mut rest = bytes.get(from..)?;
    for step in 0..NEAR {
        let Some((eight, behind)) = rest.split_first_chunk::<AT_ONCE>() else {
            break;
        };
        let eight = u64::from_le_bytes(*eight);
        let found = wanted
            .iter()
            .fold(0, |found, byte| found | marks(eight, *byte));
        if found != 0 {
            return Some(from + step * AT_ONCE + found.trailing_zeros() as usize / 8);
        }
        rest = behind;
    }
    far(rest).map(|found| bytes.len() - rest.len() + found)
}

/// First place from `from` on with `wanted`.
#[inline]
pub(super) fn find_byte(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    find(bytes, from, [wanted], |rest| memchr::memchr(wanted, rest))
}

/// First place from `from` on with one of three bytes.
#[inline]
pub(super) fn find_three(bytes: &[u8], from: usize, wanted: [u8; 3]) -> Option<usize> {
    let [one, two, three] = wanted;
    find(bytes, from, wanted, |rest| {
        memchr::memchr3(one, two, three, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_wherever_they_stand() {
        for length in 0..100 {
            for place in 0..length {
                let mut bytes = vec![b'<' ^ 1; length];
                bytes[place] = b'<';
                bytes[length - 1] = b'<';
                for from in 0..=length {
                    let expected = (from..length).find(|at| bytes[*at] == b'<');
                    assert_eq!(find_byte(&bytes, from, b'<'), expected);
                    assert_eq!(find_three(&bytes, from, *b"x<y"), expected);
                }
            }
        }
        assert_eq!(find_byte(b"abc", 9, b'a'), None);
        assert_eq!(find_byte("é\u{80}\u{7f}<".as_bytes(), 0, b'<'), Some(5));
    }
}
