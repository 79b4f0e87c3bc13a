//! Pictures with caption and credit, and references to what other sites show, within a body.
//!
//! Looked for only where the body was found, and only by those who ask: the text needs none of it.
//! Addresses stay as the page has them; resolving them takes the address of the page, which the
//! caller knows.

use wiredesk_model::{Media, MediaKind};

use crate::figure::Figure;
use crate::html::{Element, Tag, Watch, raw_value, read_watched, value};

/// Things found in one body at the most.
const MEDIA: usize = 64;
/// Bytes in front of the first paragraph in which the headline and the leading picture stand.
const LEAD_BYTES: usize = 16 * 1024;
/// Pictures of fewer pixels on a side are signs and counters.
const SIDE_PIXELS: u32 = 80;
/// Longest address.
const URL_BYTES: usize = 2048;

/// Finds what stands between the first and the last of the blocks, each given by its place in the
/// page, and the picture that leads in.
pub(crate) fn find(html: &str, blocks: &[(u64, u64)]) -> Vec<Media> {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
        return Vec::new();
    };
    let lead = html.floor_char_boundary((first.0 as usize).saturating_sub(LEAD_BYTES));
    let Some(before) = html.get(lead..first.0 as usize) else {
        return Vec::new();
    };
    // What leads in stands behind the headline. A piece of HTML is a story from its first byte on; on
    // a page without a headline nothing says where the story begins.
    let is_piece = lead == 0 && !before.contains("<head") && !before.contains("<body");
    let start = match before.rfind("<h1") {
        Some(at) => lead + at,
        None if is_piece => 0,
        None => first.0 as usize,
    };
    let Some(region) = html.get(start..last.1 as usize) else {
        return Vec::new();
    };
    let mut watch = MediaWatch::new(region);
    read_watched(region, &mut watch);
    let found = watch.found.into_iter();
    found
        .map(|(at, mut media)| {
            let place = start as u64 + u64::from(at);
            let stands_before = blocks.iter().filter(|block| block.0 < place).count();
            media.after_block = stands_before as u32;
            media
        })
        .collect()
}

/// What an open element means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A part of the page that is none of the story.
    Aside,
    Figure,
    Caption,
    Credit,
    /// A post of another site, as its text.
    Post,
    /// A link to another page: a picture in it is a teaser.
    Teaser,
    Other,
}

/// Number of the parts.
const PARTS: usize = Part::Other as usize + 1;

struct MediaWatch<'a> {
    html: &'a str,
    open: Vec<(Part, u32)>,
    /// Open elements of each part.
    counts: [u32; PARTS],
    figure: Option<Figure>,
    /// Where a post begins, and the last address in it.
    post: Option<(u32, Option<String>)>,
    found: Vec<(u32, Media)>,
}

impl<'a> MediaWatch<'a> {
    fn new(html: &'a str) -> Self {
        Self {
            html,
            open: Vec::new(),
            counts: [0; PARTS],
            figure: None,
            post: None,
            found: Vec::new(),
        }
    }

    fn is_in(&self, part: Part) -> bool {
        self.counts[part as usize] > 0
    }

    fn add(&mut self, at: u32, media: Media) {
        let is_known = self.found.iter().any(|(_, known)| known.url == media.url);
        if self.found.len() < MEDIA && !is_known {
            self.found.push((at, media));
        }
    }

    fn part_of(&self, element: &Element<'a>) -> Part {
        let class = || raw_value(element.attrs, "class").unwrap_or_default();
        match element.tag {
            Tag::Aside | Tag::Nav | Tag::Footer | Tag::Form | Tag::Li => Part::Aside,
            Tag::Figure => Part::Figure,
            Tag::Figcaption => Part::Caption,
            Tag::Blockquote if is_post(class()) => Part::Post,
            Tag::A if is_teaser(element.attrs) => Part::Teaser,
            _ if self.is_in(Part::Figure) && is_credit(class()) => Part::Credit,
            _ => Part::Other,
        }
    }

    fn picture(&mut self, element: &Element<'a>) {
        if self.is_in(Part::Aside) || self.is_in(Part::Teaser) {
            return;
        }
        // Outside of a figure a picture is as often a sign as part of the story.
        let Some(figure) = &mut self.figure else {
            return;
        };
        if figure.url.is_none() && !is_small(element.attrs) {
            figure.url = picture_url(element.attrs);
            figure.alt = value(element.attrs, "alt").filter(|alt| !alt.is_empty());
        }
    }

    fn player(&mut self, element: &Element<'a>) {
        if self.is_in(Part::Aside) || is_small(element.attrs) {
            return;
        }
        let url = ["src", "data-src"]
            .iter()
            .find_map(|name| value(element.attrs, name))
            .and_then(usable);
        if let Some(url) = url.filter(|url| !is_advert(url)) {
            let kind = match element.tag {
                Tag::Video => MediaKind::Video,
                Tag::Audio => MediaKind::Audio,
                _ if is_video(&url) => MediaKind::Video,
                _ => MediaKind::Embed,
            };
            self.add(element.start, media(kind, url));
        }
    }

    fn end_figure(&mut self, end: u32) {
        let Some(mut figure) = self.figure.take() else {
            return;
        };
        let Some(url) = figure.url.take() else {
            return;
        };
        let told = figure.told(self.html, end);
        let mut picture = media(MediaKind::Picture, url);
        picture.alt = figure.alt;
        picture.caption = told.caption;
        picture.credit = told.credit;
        self.add(figure.at, picture);
    }
}

impl<'a> Watch<'a> for MediaWatch<'a> {
    fn opened(&mut self, element: Element<'a>) {
        let part = self.part_of(&element);
        match element.tag {
            Tag::Img => self.picture(&element),
            Tag::Iframe | Tag::Video | Tag::Audio | Tag::Embed => self.player(&element),
            Tag::A => {
                if let Some((_, url)) = &mut self.post {
                    *url = value(element.attrs, "href").and_then(usable).or(url.take());
                }
            }
            _ => {}
        }
        match part {
            Part::Figure if !self.is_in(Part::Aside) && self.figure.is_none() => {
                self.figure = Some(Figure::at(element.start));
            }
            Part::Post => {
                let named = ["data-instgrm-permalink", "cite"]
                    .iter()
                    .find_map(|name| value(element.attrs, name));
                self.post = Some((element.start, named.and_then(usable)));
            }
            _ => {}
        }
        self.counts[part as usize] += 1;
        self.open.push((part, element.start));
    }

    fn closed(&mut self, end: u32) {
        let Some((part, start)) = self.open.pop() else {
            return;
        };
        self.counts[part as usize] -= 1;
        match part {
            Part::Figure if !self.is_in(Part::Figure) => self.end_figure(end),
            Part::Caption => {
                if let Some(figure) = &mut self.figure {
                    figure.see_caption((start, end));
                }
            }
            Part::Credit => {
                if let Some(figure) = &mut self.figure {
                    figure.see_credit(self.html, (start, end));
                }
            }
            Part::Post => {
                if let Some((at, Some(url))) = self.post.take() {
                    self.add(at, media(MediaKind::Embed, url));
                }
            }
            _ => {}
        }
    }
}

fn media(kind: MediaKind, url: String) -> Media {
    Media {
        kind,
        url,
        alt: None,
        caption: None,
        credit: None,
        after_block: 0,
    }
}

/// An address that leads somewhere.
fn usable(url: String) -> Option<String> {
    let url = url.trim();
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_other = scheme.is_some_and(|scheme| {
        !matches!(scheme.as_str(), "http" | "https")
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    (!url.is_empty() && url.len() <= URL_BYTES && !is_other && !url.starts_with('#'))
        .then(|| url.to_owned())
}

/// The picture itself: pages put it elsewhere until one scrolls there.
fn picture_url(attrs: &str) -> Option<String> {
    const PLACES: [&str; 4] = ["data-src", "data-original", "data-lazy-src", "src"];
    let given = PLACES
        .iter()
        .find_map(|name| value(attrs, name).and_then(usable));
    given.or_else(|| {
        let set = value(attrs, "srcset").or_else(|| value(attrs, "data-srcset"))?;
        usable(
            set.split_whitespace()
                .next()?
                .trim_end_matches(',')
                .to_owned(),
        )
    })
}

fn is_small(attrs: &str) -> bool {
    ["width", "height"].iter().any(|name| {
        raw_value(attrs, name)
            .and_then(|text| text.trim_end_matches("px").parse::<u32>().ok())
            .is_some_and(|pixels| pixels < SIDE_PIXELS)
    })
}

/// Whether a link leads to another page: one to a picture shows it larger.
fn is_teaser(attrs: &str) -> bool {
    const PICTURES: [&str; 6] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"];
    let href = raw_value(attrs, "href")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let path = href.split(['?', '#']).next().unwrap_or_default();
    !path.is_empty() && !PICTURES.iter().any(|end| path.ends_with(end))
}

fn is_post(class: &str) -> bool {
    const POSTS: [&str; 5] = [
        "twitter-tweet",
        "instagram-media",
        "tiktok-embed",
        "bluesky-embed",
        "mastodon-embed",
    ];
    class.split_whitespace().any(|word| POSTS.contains(&word))
}

fn is_credit(class: &str) -> bool {
    const WORDS: [&str; 5] = [
        "credit",
        "copyright",
        "photographer",
        "attribution",
        "source",
    ];
    let class = class.to_ascii_lowercase();
    WORDS.iter().any(|word| class.contains(word))
}

fn is_video(url: &str) -> bool {
    const PLAYERS: [&str; 5] = [
        "youtube.com/",
        "youtube-nocookie.com/",
        "vimeo.com/",
        "dailymotion.com/",
        "youtu.be/",
    ];
    PLAYERS.iter().any(|player| url.contains(player))
}

fn is_advert(url: &str) -> bool {
    const ADVERTS: [&str; 5] = [
        "doubleclick.net",
        "googlesyndication.com",
        "googletagmanager.com",
        "adsystem",
        "/ads/",
    ];
    ADVERTS.iter().any(|advert| url.contains(advert))
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// What is found between two paragraphs.
    pub(crate) fn found(between: &str) -> Vec<Media> {
        let html = format!("<h1>T</h1><p>One.</p>{between}<p>Two.</p>");
        let one = html.find("One.").expect("it is there") as u64;
        let two = html.rfind("Two.").expect("it is there") as u64;
        find(&html, &[(one, one + 4), (two, two + 4)])
    }
}

#[cfg(test)]
mod tests {
    use super::testing::found;
    use super::*;

    #[test]
    fn a_figure_has_its_caption_and_its_credit_apart() {
        let media = found(
            "<figure><a href='/wall-large.jpg'><img src='data:image/gif;x' data-src='/wall.jpg' alt='The wall'></a>\
             <figcaption>The wall on <b>Monday</b>. <span class='photo-credit'>Photo: Ida Holm</span></figcaption></figure>",
        );
        assert_eq!(media.len(), 1, "{media:?}");
        assert_eq!(media[0].kind, MediaKind::Picture);
        assert_eq!(media[0].url, "/wall.jpg");
        assert_eq!(media[0].alt.as_deref(), Some("The wall"));
        assert_eq!(media[0].caption.as_deref(), Some("The wall on Monday."));
        assert_eq!(media[0].credit.as_deref(), Some("Photo: Ida Holm"));
        assert_eq!(media[0].after_block, 1);
    }

    #[test]
    fn players_and_posts_become_references() {
        let media = found(
            "<iframe src='https://www.youtube.com/embed/x'></iframe>\
             <blockquote class='twitter-tweet'><p>Hello</p><a href='https://social.example/a/1'>May 1</a></blockquote>\
             <audio src='/sound.mp3'></audio>",
        );
        let told: Vec<(MediaKind, &str)> = media
            .iter()
            .map(|one| (one.kind, one.url.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (MediaKind::Video, "https://www.youtube.com/embed/x"),
                (MediaKind::Embed, "https://social.example/a/1"),
                (MediaKind::Audio, "/sound.mp3"),
            ]
        );
    }

    #[test]
    fn teasers_signs_and_adverts_are_left_alone() {
        for between in [
            "<aside><figure><img src='/a.jpg'></figure></aside>",
            "<figure><a href='/other-story'><img src='/a.jpg'></a></figure>",
            "<figure><img src='/a.gif' width=1 height=1></figure>",
            "<img src='/logo.png'>",
            "<iframe src='https://x.doubleclick.net/y'></iframe>",
            "<iframe src='javascript:alert(1)'></iframe>",
            "<figure><figcaption>No picture</figcaption></figure>",
        ] {
            assert_eq!(found(between), [], "{between}");
        }
    }

    #[test]
    fn rubbish_ends() {
        for html in ["", "<figure", "<figure><img", "<h1><figcaption>"] {
            find(html, &[(0, html.len() as u64)]);
        }
        assert_eq!(find("é", &[(1, 1)]), []);
        assert_eq!(find("a", &[(5, 9)]), []);
    }
}
