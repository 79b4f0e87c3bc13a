//! Text that was packed as base64, as Atom 0.3 and the wires allow it.

/// Text out of base64, where it is that, and text.
pub fn base64_text(packed: &str) -> Option<String> {
    let mut bits = 0_u32;
    let mut held = 0_u32;
    let mut bytes = Vec::with_capacity(packed.len() * 3 / 4);
    for byte in packed
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
    {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
