//! A figure: its picture, and which of the words in it are caption and which credit.

use wiredesk_model::BlockKind;

use crate::draft::DraftLine;
use crate::html::read_page;
use crate::rules::is_picture_credit;

/// Longer texts are no credit, whatever their class, in bytes.
const CREDIT_BYTES: usize = 300;
/// The same with its markup.
const MARKUP_BYTES: u32 = 4 * 1024;

/// A figure under work. Ranges are bytes of the page.
#[derive(Debug, Default)]
pub(crate) struct Figure {
    pub at: u32,
    pub url: Option<String>,
    pub alt: Option<String>,
    caption: Option<(u32, u32)>,
    credit: Option<(u32, u32)>,
}

/// What a figure says besides showing its picture.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub caption: Option<String>,
    pub credit: Option<String>,
}

impl Figure {
    /// A figure that begins at `at`.
    pub(crate) fn at(at: u32) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// An element that is a caption; the first counts.
    pub(crate) fn see_caption(&mut self, range: (u32, u32)) {
        self.caption.get_or_insert(range);
    }

    /// An element that calls itself a credit; the first with a few words counts.
    pub(crate) fn see_credit(&mut self, html: &str, range: (u32, u32)) {
        let holds_caption = self.caption.is_some_and(|(start, _)| range.0 < start);
        if self.credit.is_none() && !holds_caption && range.1 - range.0 <= MARKUP_BYTES {
            let length = lines_in(html, range).join(" ").len();
            self.credit = (1..=CREDIT_BYTES).contains(&length).then_some(range);
        }
    }

    /// Caption and credit of the figure, which ends at `end`. Where nothing calls itself a credit, a
    /// line that reads like one is, in the caption or beside it.
    pub(crate) fn told(&self, html: &str, end: u32) -> Told {
        let mut caption = match (self.caption, self.credit) {
            (Some(caption), Some(credit)) => lines_around(html, caption, credit),
            (Some(caption), None) => lines_in(html, caption),
            _ => Vec::new(),
        };
        let credit = match self.credit {
            Some(credit) => Some(lines_in(html, credit).join(" ")),
            None => take_credit(&mut caption).or_else(|| {
                let figure = (self.at, end);
                let mut beside = match self.caption {
                    Some(caption) => lines_around(html, figure, caption),
                    None => lines_in(html, figure),
                };
                take_credit(&mut beside)
            }),
        };
        let caption = caption.join(" ");
        Told {
            caption: Some(caption).filter(|text| !text.is_empty()),
            credit,
        }
    }
}

/// Takes the line out that reads like a credit.
fn take_credit(lines: &mut Vec<String>) -> Option<String> {
    let reads_like_one = |line: &String| {
        let bare = line.trim_matches(['(', ')']);
        is_picture_credit(&DraftLine::new(bare.to_owned(), BlockKind::Caption, (0, 0)))
    };
    let place = lines.iter().rposition(reads_like_one)?;
    Some(lines.remove(place).trim_matches(['(', ')']).to_owned())
}

/// Lines of a part of the page, without those of a part within it.
fn lines_around(html: &str, (start, end): (u32, u32), (from, to): (u32, u32)) -> Vec<String> {
    if from < start || end < to {
        return lines_in(html, (start, end));
    }
    let mut lines = lines_in(html, (start, from));
    lines.extend(lines_in(html, (to, end)));
    lines
}

/// Lines of a part of the page. The end tag that a range stops before closes it anyway.
fn lines_in(html: &str, (start, end): (u32, u32)) -> Vec<String> {
    let part = html.get(start as usize..end as usize);
    let page = read_page(part.unwrap_or_default());
    let lines = page.lines.iter().map(|line| page.text_of(line).to_owned());
    lines.collect()
}

#[cfg(test)]
mod tests {
    use crate::media::testing::found;

    fn told(inside: &str) -> (Option<String>, Option<String>) {
        let media = found(&format!("<figure><img src='/wall.jpg'>{inside}</figure>"));
        assert_eq!(media.len(), 1, "{inside}");
        (media[0].caption.clone(), media[0].credit.clone())
    }

    #[test]
    fn a_credit_is_known_wherever_it_stands_in_the_figure() {
        for inside in [
            "<figcaption>The wall. <span class='photo-credit'>Photo: Ida Holm</span></figcaption>",
            "<figcaption>The wall.</figcaption><div class='photo-credit'>Photo: Ida Holm</div>",
            "<div class='photo-credit'>Photo: Ida Holm</div><figcaption>The wall.</figcaption>",
            "<figcaption>The wall.</figcaption><p>Photo: Ida Holm</p>",
            "<p>(Photo: Ida Holm)</p><figcaption>The wall.</figcaption>",
            "<figcaption><p>The wall.</p><p>Photo: Ida Holm</p></figcaption>",
            "<figcaption>The wall.<br>Photo: Ida Holm</figcaption>",
        ] {
            let (caption, credit) = told(inside);
            assert_eq!(caption.as_deref(), Some("The wall."), "{inside}");
            assert_eq!(credit.as_deref(), Some("Photo: Ida Holm"), "{inside}");
        }
    }

    #[test]
    fn a_caption_that_only_speaks_of_photos_is_no_credit() {
        for inside in [
            "<figcaption>The wall in a photo of 1911.</figcaption>",
            "<div class='media-credit-box'><figcaption>The wall in a photo of 1911.</figcaption></div>",
            "<div class='credit'></div><figcaption>The wall in a photo of 1911.</figcaption>",
        ] {
            let (caption, credit) = told(inside);
            assert_eq!(caption.as_deref(), Some("The wall in a photo of 1911."));
            assert_eq!(credit, None, "{inside}");
        }
    }
}
