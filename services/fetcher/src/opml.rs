//! Lists of feeds as OPML 2.0, which feed readers exchange.
//!
//! Lists in the wild are broken as feeds are: bare `&`, tags that are not closed. So reading goes
//! on wherever it can; a list without any feed is an error.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};

use crate::FetchError;

/// Largest list that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Folders of a list, one inside the other.
const MOST_DEPTH: usize = 64;

/// One feed of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// Its name.
    pub title: Option<String>,
    /// Its address.
    pub url: String,
    /// The page that it belongs to.
    pub page: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// The folders that it stands in, from the outermost.
    pub folders: Vec<String>,
}

/// Reads a list.
///
/// # Errors
/// Where it is no list, or has no feed.
pub fn read_opml(text: &str) -> Result<Vec<Outline>, FetchError> {
    if text.len() > MOST_BYTES {
        return Err(wrong(format!("it is over the limit of {MOST_BYTES} bytes")));
    }
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut outlines = Vec::new();
    let mut folders: Vec<Option<String>> = Vec::new();
    let mut is_opml = false;
    loop {
        let event = reader.read_event();
        match event.map_err(|error| wrong(error.to_string()))? {
            Event::Eof => break,
            Event::Start(tag) if is_named(&tag, "outline") => {
                if folders.len() >= MOST_DEPTH {
                    return Err(wrong(format!("it has folders over {MOST_DEPTH} deep")));
                }
                folders.push(note(&tag, &folders, &mut outlines));
            }
            Event::Empty(tag) if is_named(&tag, "outline") => {
                note(&tag, &folders, &mut outlines);
            }
            Event::End(tag) if tag.name().as_ref().eq_ignore_ascii_case("outline") => {
                folders.pop();
            }
            Event::Start(tag) if is_named(&tag, "opml") => is_opml = true,
            _ => {}
        }
    }
    match outlines.is_empty() {
        true if is_opml => Err(wrong("no outline in it has an xmlUrl".to_owned())),
        true => Err(wrong("there is no <opml> in it".to_owned())),
        false => Ok(outlines),
    }
}

fn wrong(detail: String) -> FetchError {
    FetchError::NoList { detail }
}

fn is_named(tag: &BytesStart<'_>, name: &str) -> bool {
    tag.name().as_ref().eq_ignore_ascii_case(name)
}

/// Notes the feed that an outline stands for; the name of the folder that it is otherwise.
fn note(
    tag: &BytesStart<'_>,
    folders: &[Option<String>],
    outlines: &mut Vec<Outline>,
) -> Option<String> {
    let mut outline = Outline {
        folders: folders.iter().flatten().cloned().collect(),
        ..Outline::default()
    };
    let mut text = None;
    for attribute in tag.html_attributes().with_checks(false).flatten() {
        let raw = attribute.value.as_ref();
        let value = unescape(raw).unwrap_or(raw.into());
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        let name = attribute.key.as_ref().to_ascii_lowercase();
        match name.as_str() {
            "xmlurl" => value.clone_into(&mut outline.url),
            "htmlurl" => outline.page = Some(value.to_owned()),
            "title" => outline.title = Some(value.to_owned()),
            "text" => text = Some(value.to_owned()),
            "language" => outline.language = Some(value.to_owned()),
            _ => {}
        }
    }
    outline.title = text.or(outline.title);
    if outline.url.is_empty() {
        return outline.title;
    }
    outlines.push(outline);
    None
}

/// Writes a list: feeds with folders stand in them, in the order of their first feed.
pub fn write_opml(title: &str, outlines: &[Outline]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>{}</title>\n  </head>\n  <body>\n",
        escape(title)
    );
    let mut sorted: Vec<&Outline> = Vec::with_capacity(outlines.len());
    for outline in outlines {
        let same = sorted
            .iter()
            .rposition(|one| one.folders == outline.folders);
        sorted.insert(same.map_or(sorted.len(), |place| place + 1), outline);
    }
    let mut open: &[String] = &[];
    for outline in sorted {
        let common = open.iter().zip(&outline.folders);
        let common = common.take_while(|(one, other)| one == other).count();
        close(&mut out, open.len(), common);
        for (depth, folder) in outline.folders.iter().enumerate().skip(common) {
            let indent = "  ".repeat(depth + 2);
            // Writing to a text cannot fail.
            let _ = writeln!(
                out,
                "{indent}<outline text=\"{}\">",
                escape(folder.as_str())
            );
        }
        open = &outline.folders;
        write_feed(&mut out, outline);
    }
    close(&mut out, open.len(), 0);
    out.push_str("  </body>\n</opml>\n");
    out
}

fn close(out: &mut String, from: usize, to: usize) {
    for depth in (to..from).rev() {
        out.push_str(&"  ".repeat(depth + 2));
        out.push_str("</outline>\n");
    }
}

fn write_feed(out: &mut String, outline: &Outline) {
    let indent = "  ".repeat(outline.folders.len() + 2);
    let title = outline.title.as_deref().unwrap_or(&outline.url);
    let mut line = format!("{indent}<outline type=\"rss\"");
    for (name, value) in [
        ("text", Some(title)),
        ("xmlUrl", Some(outline.url.as_str())),
        ("htmlUrl", outline.page.as_deref()),
        ("language", outline.language.as_deref()),
    ] {
        if let Some(value) = value {
            let _ = write!(line, " {name}=\"{}\"", escape(value));
        }
    }
    line.push_str("/>\n");
    out.push_str(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(title: &str, url: &str, folders: &[&str]) -> Outline {
        Outline {
            title: Some(title.to_owned()),
            url: url.to_owned(),
            folders: folders.iter().map(|one| (*one).to_owned()).collect(),
            ..Outline::default()
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let outlines = vec![
            feed("Wire & \"more\" <1>", "https://x.example/a?b=1&c=2", &[]),
            feed("Home", "https://x.example/home", &["News", "Home"]),
            Outline {
                page: Some("https://y.example/".to_owned()),
                language: Some("de".to_owned()),
                ..feed("Ausland", "https://y.example/aus", &["News", "World"])
            },
            feed("Home too", "https://z.example/home", &["News", "Home"]),
            feed("Sport", "https://x.example/sport", &["Sport"]),
        ];
        let text = write_opml("Sources", &outlines);
        assert_eq!(text.matches("text=\"News\"").count(), 1, "{text}");
        let mut read = read_opml(&text).unwrap();
        let mut expected = outlines;
        read.sort_by(|a, b| a.url.cmp(&b.url));
        expected.sort_by(|a, b| a.url.cmp(&b.url));
        assert_eq!(read, expected);
    }

    #[test]
    fn broken_lists_are_read_as_far_as_they_go() {
        let text = "\u{feff}<?xml version='1.0'?><OPML><body><outline text='A & B'>\
            <outline TEXT=One xmlurl='https://x.example/1?a=1&b=2' /><outline title='Two' text='' xmlUrl='https://x.example/2'></outline>\
            </outline></wrong><outline text='Three' xmlUrl=' https://x.example/3 '>";
        let read = read_opml(text).unwrap();
        let expected = [
            feed("One", "https://x.example/1?a=1&b=2", &["A & B"]),
            feed("Two", "https://x.example/2", &["A & B"]),
            feed("Three", "https://x.example/3", &[]),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_list_is_told() {
        let cases = [
            ("", "no <opml> in it"),
            ("<rss></rss>", "no <opml> in it"),
            ("<opml version=\"2.0\"><body/></opml>", "no outline in it"),
        ];
        for (text, told) in cases {
            let error = read_opml(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
        let deep = "<outline text='a'>".repeat(100);
        let error = read_opml(&format!("<opml><body>{deep}")).unwrap_err();
        assert!(error.to_string().contains("64 deep"), "{error}");
    }
}
