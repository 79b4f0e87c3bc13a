//! The newspapers of the demo wire.

use std::sync::LazyLock;

use super::story::Story;

/// In what shape a paper offers its stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// RSS 2.0 with the whole story in the feed.
    Rss,
    /// Atom with teasers; the story is on the linked page.
    Atom,
    /// JSON Feed 1.1 with the whole story in the feed.
    JsonFeed,
}

/// A newspaper.
#[derive(Debug)]
pub struct Paper {
    /// Its name in addresses and as a source.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The language of its feed.
    pub language: &'static str,
    /// In what shape it offers its stories.
    pub shape: Shape,
    pub(crate) stories: Vec<Story>,
}

/// The newspapers, in the order in which they publish.
pub static PAPERS: LazyLock<[Paper; 3]> = LazyLock::new(|| {
    [
        Paper {
            id: "harbour-courier",
            title: "Harbour Courier",
            language: "en",
            shape: Shape::Rss,
            stories: Story::parse_all(include_str!("../../demo/harbour-courier.txt")),
        },
        Paper {
            id: "nordlicht",
            title: "Nordlicht Nachrichten",
            language: "de",
            shape: Shape::Atom,
            stories: Story::parse_all(include_str!("../../demo/nordlicht.txt")),
        },
        Paper {
            id: "correo-del-valle",
            title: "Correo del Valle",
            language: "es",
            shape: Shape::JsonFeed,
            stories: Story::parse_all(include_str!("../../demo/correo-del-valle.txt")),
        },
    ]
});

impl Paper {
    /// The paper of a name.
    pub fn find(id: &str) -> Option<&'static Paper> {
        PAPERS.iter().find(|paper| paper.id == id)
    }

    /// Where its feed is, below the address of the server.
    pub fn feed_path(&self) -> String {
        let file = match self.shape {
            Shape::Rss => "rss.xml",
            Shape::Atom => "atom.xml",
            Shape::JsonFeed => "feed.json",
        };
        format!("/{}/{file}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::clutter::Clutter;
    use crate::demo::story::Part;

    #[test]
    fn there_are_enough_stories_and_each_is_whole() {
        let stories: Vec<&Story> = PAPERS.iter().flat_map(|paper| &paper.stories).collect();
        assert!(stories.len() >= 24, "{}", stories.len());
        let mut slugs = BTreeSet::new();
        let mut languages = BTreeSet::new();
        for story in stories {
            assert!(slugs.insert(&story.slug), "{} stands twice", story.slug);
            languages.insert(&story.language);
            assert!(Clutter::known(&story.language), "{}", story.language);
            for field in [&story.title, &story.author, &story.section] {
                assert!(!field.is_empty(), "{}", story.slug);
            }
            let paragraphs = story
                .parts
                .iter()
                .filter(|part| matches!(part, Part::Paragraph(_)))
                .count();
            assert!(
                paragraphs >= 4,
                "{} has {paragraphs} paragraphs",
                story.slug
            );
            assert!(
                paragraphs < story.parts.len(),
                "{} has no clutter",
                story.slug
            );
        }
        assert!(languages.len() >= 8, "{languages:?}");
    }
}
