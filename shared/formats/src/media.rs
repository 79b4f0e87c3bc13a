//! Media RSS: files with what is said of them. RSS and Atom borrow it alike.

use wiredesk_model::Enclosure;

use crate::links::Base;
use crate::rss::{categories_of, set};
use crate::xml::{NodeId, Ns, Tree};

/// What the elements of Media RSS say of an item.
#[derive(Debug, Default)]
pub struct Media {
    /// Its files, each with what is said of it, or else of the group that it stands in.
    pub files: Vec<Enclosure>,
    /// A picture that stands for the item.
    pub image: Option<String>,
    /// Title of the first that has one.
    pub title: Option<String>,
    /// Description of the first that has one.
    pub description: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
}

impl Media {
    /// Takes in an element of Media RSS, and those inside. A group or a file stands in no other:
    /// what is nested deeper is not looked for.
    pub fn read(&mut self, tree: &Tree<'_>, node: NodeId, base: &Base) {
        match tree.name(node) {
            "group" => {
                let first = self.files.len();
                for inner in tree.children(node) {
                    match tree.name(inner) {
                        "content" => self.file(tree, inner, base),
                        _ => self.detail(tree, inner, base),
                    }
                }
                let group = details(tree, node);
                for file in &mut self.files[first..] {
                    fill(file, &group);
                }
            }
            "content" => self.file(tree, node, base),
            _ => self.detail(tree, node, base),
        }
    }

    fn file(&mut self, tree: &Tree<'_>, node: NodeId, base: &Base) {
        for inner in tree.children(node) {
            self.detail(tree, inner, base);
        }
        let attribute = |name| tree.attribute(node, name).map(String::from);
        let pixels = |name| tree.attribute(node, name)?.trim().parse().ok();
        let url = attribute("url").and_then(|url| base.resolve(&url));
        self.files.extend(url.map(|url| Enclosure {
            url,
            media_type: attribute("type"),
            length: attribute("fileSize"),
            medium: attribute("medium"),
            width: pixels("width"),
            height: pixels("height"),
            ..details(tree, node)
        }));
    }

    fn detail(&mut self, tree: &Tree<'_>, node: NodeId, base: &Base) {
        match tree.name(node) {
            "title" => set(&mut self.title, &tree.text(node)),
            "description" => set(&mut self.description, &tree.text(node)),
            "category" => self.categories.extend(categories_of(tree, node)),
            "thumbnail" if self.image.is_none() => {
                let url = tree.attribute(node, "url");
                self.image = url.and_then(|url| base.resolve(&url));
            }
            _ => {}
        }
    }
}

/// What is said of the files in an element.
fn details(tree: &Tree<'_>, node: NodeId) -> Enclosure {
    let text = |name| {
        let child = tree.child(node, Ns::Media, name)?;
        Some(tree.text(child).into_owned()).filter(|text| !text.is_empty())
    };
    Enclosure {
        title: text("title"),
        description: text("description"),
        credit: text("credit"),
        ..Enclosure::default()
    }
}

fn fill(file: &mut Enclosure, group: &Enclosure) {
    let pairs = [
        (&mut file.title, &group.title),
        (&mut file.description, &group.description),
        (&mut file.credit, &group.credit),
    ];
    for (own, other) in pairs {
        if own.is_none() {
            own.clone_from(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hints, parse};

    const MEDIA: &str = "<media:group><media:content url='/pier.jpg' type='image/jpeg' medium='image' \
        width='1200' height='x'><media:description>The pier at dawn</media:description></media:content>\
        <media:content url='https://post.example/pier.mp4' fileSize='99'/>\
        <media:thumbnail url='/small.jpg'/><media:title>The pier</media:title>\
        <media:credit>Jane Roe</media:credit></media:group>";

    #[test]
    fn files_keep_what_is_said_of_them_in_rss_and_in_atom() {
        let feeds = [
            format!("<rss><channel><item><guid>1</guid>{MEDIA}</item></channel></rss>"),
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id>{MEDIA}</entry></feed>"
            ),
        ];
        let hints = Hints {
            url: Some("https://post.example/feed".to_owned()),
            ..Hints::default()
        };
        for feed in feeds {
            let parsed = parse(feed.as_bytes(), &hints).unwrap();
            let item = &parsed.items[0];
            let [picture, film] = &item.enclosures[..] else {
                panic!("{:?}", item.enclosures);
            };
            assert_eq!(picture.url, "https://post.example/pier.jpg");
            assert_eq!(picture.medium.as_deref(), Some("image"));
            assert_eq!((picture.width, picture.height), (Some(1200), None));
            assert_eq!(picture.description.as_deref(), Some("The pier at dawn"));
            for file in [picture, film] {
                assert_eq!(file.title.as_deref(), Some("The pier"));
                assert_eq!(file.credit.as_deref(), Some("Jane Roe"));
            }
            assert_eq!(film.length.as_deref(), Some("99"));
            let image = item.image.as_deref();
            assert_eq!(image, Some("https://post.example/small.jpg"));
        }
    }

    #[test]
    fn an_item_names_the_feed_that_it_was_taken_over_from() {
        let feeds = [
            "<rss><channel><item><source url='https://other.example/feed'>The Other</source></item></channel></rss>",
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><source><title>The Other</title>\
             <link href='https://other.example/'/><link rel='self' href='https://other.example/feed'/>\
             </source></entry></feed>",
        ];
        for feed in feeds {
            let parsed = parse(feed.as_bytes(), &Hints::default()).unwrap();
            let source = parsed.items[0].source.clone().unwrap();
            assert_eq!(source.title.as_deref(), Some("The Other"));
            assert_eq!(source.url.as_deref(), Some("https://other.example/feed"));
        }
    }
}
