//! A small print of a text, by which near-duplicates are found: MinHash over runs of three words.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values of a sketch; the score of two sketches is exact to about 1/√64.
const VALUES: usize = 64;
/// Words in one run.
const RUN: usize = 3;
/// A text of fewer runs says too little to be told from another.
const MIN_RUNS: usize = 20;
/// Runs looked at; what a story says beyond that adds nothing to who it is.
const MAX_RUNS: usize = 20_000;
/// Values that must agree together to make two texts worth comparing.
const BAND: usize = 3;

/// A sketch of a text: 64 numbers, of which as many agree with those of another text as the two
/// have runs of words in common.
///
/// ```
/// use wiredesk_lifecycle::Sketch;
/// let text = "The ferry to the outer islands is back in service after a week in which the harbour \
///             was closed because of the storm that broke the sea wall on Monday night, the council \
///             of Port Alder said on its website on Sunday";
/// let first = Sketch::of(text).expect("long enough");
/// let again = Sketch::of(&text.to_uppercase()).expect("long enough");
/// assert_eq!(first.similarity(&again), 1.0);
/// assert!(Sketch::of("Too short to tell").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch([u16; VALUES]);

impl Sketch {
    /// The sketch of a text; `None` where it is too short to be told from others.
    pub fn of(text: &str) -> Option<Self> {
        let words = words(text);
        let runs = words.windows(RUN).take(MAX_RUNS);
        if runs.len() < MIN_RUNS {
            return None;
        }
        // An odd factor reorders all numbers, each another way.
        let factors: [u64; VALUES] = std::array::from_fn(|place| mixed(place as u64) | 1);
        let mut smallest = [u64::MAX; VALUES];
        for run in runs {
            let run = run.iter().fold(0, |seed, word| mixed(seed ^ word));
            for (factor, smallest) in factors.iter().zip(&mut smallest) {
                *smallest = (*smallest).min(run.wrapping_mul(*factor));
            }
        }
        Some(Self(smallest.map(|value| (mixed(value) >> 48) as u16)))
    }

    /// The share of runs of words that two texts have in common, 0 to 1.
    pub fn similarity(&self, other: &Sketch) -> f64 {
        f64::from(self.agreeing(other)) / VALUES as f64
    }

    /// How many of the 64 values agree.
    pub fn agreeing(&self, other: &Sketch) -> u32 {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(one, two)| u32::from(one == two)).sum()
    }

    /// Numbers of which two texts that have half of their runs in common share at least one, nearly
    /// always: what an index is made of.
    pub fn bands(&self) -> impl Iterator<Item = u64> {
        self.0.chunks_exact(BAND).zip(0u64..).map(|(band, place)| {
            let values = band
                .iter()
                .fold(place, |all, value| all << 16 | u64::from(*value));
            mixed(values)
        })
    }
}

/// Each word as a number, letters and digits only and in lower case; a character of a script
/// without spaces is a word.
fn words(text: &str) -> Vec<u64> {
    let mut words = Vec::new();
    let mut word: u64 = 0;
    for letter in text.chars() {
        let is_unspaced = matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF);
        if !letter.is_alphanumeric() || is_unspaced {
            if word != 0 {
                words.push(word);
                word = 0;
            }
            if is_unspaced {
                words.push(mixed(u64::from(letter)));
            }
            continue;
        }
        for lower in letter.to_lowercase() {
            word = mixed(word ^ u64::from(lower));
        }
    }
    if word != 0 {
        words.push(word);
    }
    words
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): the same on every machine and in
/// every release, since sketches are kept.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// As 256 hexadecimal digits.
impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|value| format!("{value:04x}")).collect();
        out.serialize_str(&digits)
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let broken = || serde::de::Error::custom("a sketch is 256 hexadecimal digits");
        if text.len() != VALUES * 4 || !text.is_ascii() {
            return Err(broken());
        }
        let mut values = [0; VALUES];
        for (place, value) in values.iter_mut().enumerate() {
            let digits = &text[place * 4..place * 4 + 4];
            *value = u16::from_str_radix(digits, 16).map_err(|_| broken())?;
        }
        Ok(Self(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(paragraphs: std::ops::Range<usize>) -> String {
        let paragraph = |number: usize| {
            format!(
                "Paragraph {number} tells what the council of Port Alder decided in its session \
                 number {} about the wall, the ferry and the {number} boats that lie there.",
                number * 7
            )
        };
        paragraphs.map(paragraph).collect::<Vec<_>>().join("\n\n")
    }

    fn similarity(one: &str, two: &str) -> f64 {
        let sketch = |text| Sketch::of(text).expect("long enough");
        sketch(one).similarity(&sketch(two))
    }

    #[test]
    fn the_score_follows_what_two_texts_have_in_common() {
        let whole = story(0..20);
        assert_eq!(similarity(&whole, &whole.to_uppercase()), 1.0);
        let cut = similarity(&whole, &story(0..15));
        assert!((0.55..0.95).contains(&cut), "{cut}");
        let other = "Share prices in the region rose on Tuesday after the bank left its rate as it \
                     was and said that it saw no reason to change that before the end of the year, \
                     analysts told reporters in the capital";
        let apart = similarity(&whole, other);
        assert!(apart < 0.1, "{apart}");
    }

    #[test]
    fn texts_worth_comparing_share_a_band() {
        let sketch = |text: &str| Sketch::of(text).expect("long enough");
        let (whole, cut) = (sketch(&story(0..20)), sketch(&story(2..17)));
        let bands: Vec<u64> = whole.bands().collect();
        assert!(cut.bands().any(|band| bands.contains(&band)));
    }

    #[test]
    fn scripts_without_spaces_have_sketches_too() {
        let text = "港湾の評議会は月曜日、海岸の壁に関する投票を月末まで延期したと発表した。";
        let more = format!("{text}住民が計画を読む時間を求めていた。");
        let score = similarity(text, &more);
        assert!((0.4..1.0).contains(&score), "{score}");
    }

    #[test]
    fn a_sketch_is_kept_as_text_and_read_back() {
        let sketch = Sketch::of(&story(0..3)).expect("long enough");
        let text = serde_json::to_string(&sketch).expect("a sketch is JSON");
        assert_eq!(text.len(), 258);
        assert_eq!(serde_json::from_str::<Sketch>(&text).ok(), Some(sketch));
        for broken in ["\"\"", "\"zz\"", "7"] {
            assert!(serde_json::from_str::<Sketch>(broken).is_err());
        }
    }
}
